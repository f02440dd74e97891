import Core
import Probes
import Scheduling

/// Puts what was seen of an unready instance into words.
struct Explanation: Sendable {
    let host: Host
    let plan: ReadinessPlan

    func listening(_ handle: String) async throws -> Set<ListeningSocket> {
        guard let state = try await host.scheduler.inspect(handle) else { return [] }
        return try host.probes.listening(state.pid)
    }

    /// Loopback only, or another port; nil when neither is the case.
    func misplaced(_ instance: Instance, _ handle: String, _ sockets: Set<ListeningSocket>) async -> Failure? {
        let port = plan.port
        guard !sockets.isEmpty, !sockets.contains(where: { $0.port == port && !$0.isLoopback }) else { return nil }
        if let local = sockets.filter({ $0.isLoopback }).sorted(by: { $0.port < $1.port }).first(where: {
            $0.port == port
        })
            ?? (sockets.allSatisfy(\.isLoopback) ? sockets.min(by: { $0.port < $1.port }) : nil)
        {
            let address = "\(local.address):\(local.port)"
            return Failure(
                .loopbackOnly,
                "\(instance.type) listens only on \(address) inside its container",
                why: "\(instance.name) opened \(address); nginx needs 0.0.0.0:\(port) or [::]:\(port)",
                fix: "bind to 0.0.0.0 (Next.js HOSTNAME=0.0.0.0, Rails -b 0.0.0.0, Vite --host)",
                excerpt: await excerpt(instance, handle)
            )
        }
        let found = Set(sockets.filter { !$0.isLoopback }.map(\.port)).sorted().map(\.description)
        return Failure(
            .wrongPort,
            "\(instance.type) listens on port \(found.joined(separator: ", ")), not on \(port)",
            why: "nginx sends requests to port \(port) of \(instance.name)",
            fix: "listen on $PORT, or say where: slipway ports:set \(plan.app) http:80:\(found.first ?? "5000")",
            excerpt: await excerpt(instance, handle)
        )
    }

    func exited(
        _ instance: Instance,
        _ handle: String,
        code: Int,
        outOfMemory: Bool,
        _ state: InstanceState
    ) async -> Failure {
        if outOfMemory {
            return Failure(
                .outOfMemory,
                "\(instance.name) ran out of memory",
                why: "the kernel ended it at its memory limit",
                fix: "slipway resource:limit --process-type \(instance.type) --memory 512m \(plan.app)",
                excerpt: await excerpt(instance, handle)
            )
        }
        return Failure(
            .exited,
            "\(instance.name) exited with \(code)",
            why: Self.words(code, state.error),
            fix: "try it by hand: slipway run \(plan.app) sh",
            excerpt: await excerpt(instance, handle)
        )
    }

    func unhealthy(_ instance: Instance, _ handle: String, _ answer: HTTPAnswer?, after waited: Duration) async
        -> Failure
    {
        let seen = answer.map { "GET / answered \($0.status)" } ?? "GET / got no answer"
        return Failure(
            .unhealthy,
            "\(instance.type) is not healthy after \(waited.words)",
            why: seen,
            fix: "mend what / answers, or check another path in app.json healthchecks",
            excerpt: await excerpt(instance, handle)
        )
    }

    func silent(_ instance: Instance, _ handle: String, after waited: Duration) async -> Failure {
        Failure(
            .nothingListens,
            "\(instance.type) listens on no port after \(waited.words)",
            why: "\(instance.name) runs, but nothing in it has opened port \(plan.port)",
            fix: "listen on $PORT; for a process without a port use another type than web, like worker",
            excerpt: await excerpt(instance, handle)
        )
    }

    /// The last lines of an instance, under the command that shows all.
    func excerpt(_ instance: Instance, _ handle: String) async -> Failure.Excerpt? {
        guard let lines = try? await host.scheduler.lastLines(10, of: handle), !lines.isEmpty else { return nil }
        let all = host.settings.command("logs \(plan.app) --release v\(plan.release)")
        return Failure.Excerpt(
            title: "last lines of \(instance.name) (all: \(all)):",
            lines: lines.map { String($0.text.prefix(80)) }
        )
    }

    /// An exit status as people understand it (bash manual, "Exit Status"; 128 and a signal).
    static func words(_ code: Int, _ engine: String) -> String {
        switch code {
        case 0: "it came to its end; a process that serves must not"
        case 126: "126: the program is there but may not be executed"
        case 127: "127: the program was not found\(engine.isEmpty ? "" : " (\(quoted(engine)))")"
        case 137: "137: it was killed (SIGKILL), often for want of memory"
        case 139: "139: it crashed (SIGSEGV)"
        case 143: "143: it was asked to end (SIGTERM)"
        case 129...: "\(code): ended by signal \(code - 128)"
        default: "its own exit status \(code)"
        }
    }
}
