import Core
import Glibc
import Programs

extension Nginx {
    package func start() async throws -> Bool {
        if try master() != nil { return false }
        try await check()
        try await order(hasServices ? layout.service("start") : layout.words())
        guard try await becomes(running: true) else {
            throw Failure(.proxyDown, "nginx was started, but does not run", fix: "look into \(layout.errorLog)")
        }
        return true
    }

    package func stop() async throws -> Bool {
        guard let master = try master() else { return false }
        if hasServices {
            try await order(layout.service("stop"))
        } else if kill(master, SIGQUIT) != 0 {
            try await order(layout.words("-s", "quit"))
        }
        guard try await becomes(running: false) else {
            throw Failure(
                .programFailed,
                "nginx still runs",
                why: "it was told to end and finishes its requests first",
                fix: "look again in a minute"
            )
        }
        return true
    }

    /// Whether this is the host's nginx on a host that systemd runs.
    private var hasServices: Bool {
        layout.mainConfiguration == NginxLayout.defaultConfiguration && access("/run/systemd/system", F_OK) == 0
    }

    private func order(_ words: [String]) async throws {
        let outcome = try await programs.run(program(words))
        guard outcome.ending.isSuccess else {
            let lines = outcome.errorText.split(separator: "\n").map { cleaned(String($0), keepTabs: false) }
            throw Failure(
                .programFailed,
                "nginx does not do as it is told",
                why: lines.last ?? "\(words.joined(separator: " ")) failed",
                fix: "slipway doctor"
            )
        }
    }

    private func becomes(running wanted: Bool) async throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(15)
        while try (master() != nil) != wanted {
            if ContinuousClock.now >= deadline { return false }
            try await Task.sleep(for: .milliseconds(20))
        }
        return true
    }
}
