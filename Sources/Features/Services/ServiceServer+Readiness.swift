import Core
import Engine
import Probes
import Scheduling

/// When a server can be used.
extension ServiceServer {
    func inside(_ handle: String, _ link: ServiceLink? = nil) -> ServiceInside {
        ServiceInside(host: host, service: service, kind: kind, handle: handle, link: link)
    }

    /// Waits until the server answers, and prepares it.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/startFailed`` and the last lines of its log.
    func waitUntilReady(_ handle: String) async throws {
        let deadline = host.time.uptime() + kind.readyWithin
        var last: Failure?
        while true {
            guard let state = try await host.scheduler.inspect(handle) else {
                throw Failure(.startFailed, "\(service.title) is gone while it starts")
            }
            if case .exited(let code, let outOfMemory) = state.phase {
                let why = outOfMemory ? "it used more memory than it may" : "its server ended with \(code)"
                throw await unready(handle, why)
            }
            if state.restarts > 2 { throw await unready(handle, "its server ended \(state.restarts) times") }
            do {
                if try await answers(handle, state) { break }
            } catch { last = Failure(error) }
            guard host.time.uptime() < deadline else {
                throw await unready(handle, last?.why ?? "it does not answer after \(kind.readyWithin)")
            }
            try await host.time.clock.sleep(for: .milliseconds(200))
        }
        if kind.actions[.prepare] != nil { try await inside(handle).answer(.prepare) }
    }

    private func answers(_ handle: String, _ state: InstanceState) async throws -> Bool {
        guard state.isRunning else { return false }
        if let address = state.address {
            let port = try Port(kind.ports[0].description)
            guard try await host.probes.connect(address, port, .seconds(2)) == .open else { return false }
        }
        if kind.actions[.ready] != nil { try await inside(handle).answer(.ready, within: .seconds(15)) }
        return true
    }

    private func unready(_ handle: String, _ why: String) async -> Failure {
        let lines = (try? await host.scheduler.lastLines(20, of: handle))?.map(\.text) ?? []
        // A server that cannot read its file of users quotes it.
        let secrets = [service.password] + ((try? await links()) ?? []).map(\.password)
        let masked = lines.map { ServiceSecret.masked($0, secrets) }
        return Failure(
            .startFailed,
            "\(service.title) is not ready",
            why: why,
            fix: "slipway \(service.kind):logs \(service.name), and look at its memory and version",
            excerpt: masked.isEmpty ? nil : .init(title: "the last lines of its log:", lines: masked)
        )
    }
}
