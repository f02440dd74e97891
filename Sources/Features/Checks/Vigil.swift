import Core
import Probes
import Scheduling

/// Watches one newcomer for proof that it will never be ready.
struct Vigil: Sendable {
    let host: Host
    let plan: ReadinessPlan
    let instance: Instance
    let handle: String

    /// Ends by throwing alone: the proof that it will not be ready, or that it was cancelled.
    func watch() async throws -> Never {
        let explanation = Explanation(host: host, plan: plan)
        var last: Set<ListeningSocket> = []
        var since = host.time.uptime()
        while true {
            guard let state = try await host.scheduler.inspect(handle) else {
                throw Failure(.exited, "\(instance.name) is gone", why: "its container was removed by somebody else")
            }
            if case .exited(let code, let outOfMemory) = state.phase {
                throw await explanation.exited(instance, handle, code: code, outOfMemory: outOfMemory, state)
            }
            if state.restarts > 0 || state.phase == .restarting {
                throw await explanation.exited(instance, handle, code: 1, outOfMemory: false, state)
            }
            if instance.type == .web, plan.checks[.web] == nil {
                let now = (try? host.probes.listening(state.pid)) ?? []
                if now != last { (last, since) = (now, host.time.uptime()) }
                let isSettled = (host.time.uptime() - since) >= Readiness.settling
                if isSettled, let failure = await explanation.misplaced(instance, handle, last) { throw failure }
            }
            try await host.time.clock.sleep(for: .milliseconds(150))
        }
    }
}
