import Core
import Probes
import Scheduling

/// Waits for the first proof: that an instance is ready, or that it never will be.
struct Readiness: Sendable {
    let host: Host
    let plan: ReadinessPlan

    /// How long the set of listening sockets must stay the same before a wrong one counts as proof.
    static let settling: Duration = .seconds(3)
    /// How long a process without a port must stay alive.
    static let alive: Duration = .seconds(2)

    /// - Returns: The proof in words: `GET / 200 after 0.7 s`.
    /// - Throws: ``Failure`` that explains what was seen.
    func wait(for instance: Instance) async throws -> String {
        guard let handle = instance.handle else { return "" }
        if plan.isSkipped(instance.type) { return "checks skipped" }
        let (host, plan) = (host, plan)
        let began = host.time.uptime()
        do {
            return try await withTimeout(plan.limit, clock: host.time.clock) {
                try await withThrowingTaskGroup(of: String?.self) { group in
                    group.addTask {
                        try await Vigil(host: host, plan: plan, instance: instance, handle: handle).watch()
                    }
                    group.addTask { try await Readiness(host: host, plan: plan).proof(of: instance, handle) }
                    defer { group.cancelAll() }
                    while let result = try await group.next() { if let result { return result } }
                    throw CancellationError()
                }
            }
        } catch is TimedOut {
            throw try await timeOut(instance, handle, after: (host.time.uptime() - began))
        }
    }

    private func proof(of instance: Instance, _ handle: String) async throws -> String {
        let began = host.time.uptime()
        let written = plan.checks[instance.type] ?? []
        if !written.isEmpty {
            let runner = HealthChecks(host: host, plan: plan)
            for check in written { try await runner.run(check, on: instance, handle) }
            let title = written.map(\.title).joined(separator: ", ")
            return "\(title) after \((host.time.uptime() - began).words)"
        }
        guard instance.type == .web else {
            // One that has ended just now is the vigil's to explain.
            repeat { try await host.time.clock.sleep(for: Self.alive) } while try await !isRunning(handle)
            return "\(instance.type) stayed up for \(Self.alive.words)"
        }
        return try await answersRoot(instance, handle)
    }

    private func isRunning(_ handle: String) async throws -> Bool {
        try await host.scheduler.inspect(handle)?.isRunning ?? false
    }

    /// TCP first, then one `GET /`: whatever is below 500 shows that the app itself answers.
    private func answersRoot(_ instance: Instance, _ handle: String) async throws -> String {
        let began = host.time.uptime()
        var pause = Duration.milliseconds(15)
        while true {
            if case .open = try await host.probes.connect(instance.address, plan.port, .seconds(2)) {
                let question = HTTPQuestion(
                    address: instance.address,
                    port: plan.port,
                    path: "/",
                    host: plan.hostHeader,
                    limit: .seconds(10),
                    wantsBody: false
                )
                if let answer = try? await host.probes.get(question), answer.status < 500 {
                    return "GET / \(answer.status) after \((host.time.uptime() - began).words)"
                }
                try Task.checkCancellation()
            }
            try await host.time.clock.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(200))
        }
    }

    private func timeOut(_ instance: Instance, _ handle: String, after waited: Duration) async throws -> Failure {
        let explanation = Explanation(host: host, plan: plan)
        let listens = (try? await explanation.listening(handle)) ?? []
        if listens.contains(where: { $0.port == plan.port }) {
            let question = HTTPQuestion(
                address: instance.address,
                port: plan.port,
                path: "/",
                host: plan.hostHeader,
                limit: .seconds(5)
            )
            let answer = try? await host.probes.get(question)
            return await explanation.unhealthy(instance, handle, answer, after: waited)
        }
        return await explanation.silent(instance, handle, after: waited)
    }
}
