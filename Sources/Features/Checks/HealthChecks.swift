import Core
import Probes
import Programs
import Scheduling
import SystemPackage

/// Runs the entries of `healthchecks` in app.json.
struct HealthChecks: Sendable {
    let host: Host
    let plan: ReadinessPlan

    /// - Throws: ``Failure`` with code ``FailureCode/unhealthy`` when every attempt failed and it is not only a warning.
    func run(_ check: HealthCheck, on instance: Instance, _ handle: String) async throws {
        try await host.time.clock.sleep(for: .seconds(check.initialDelay))
        // Attempts and waits say how long a check may take in all; asking more often only finds out sooner.
        let budget = Duration.seconds(check.wait * (check.attempts - 1))
        let began = host.time.uptime()
        var pause = Duration.milliseconds(50)
        var seen = ""
        while true {
            seen = try await attemptOnce(check, instance, handle) ?? ""
            if seen.isEmpty { return }
            if (host.time.uptime() - began) >= budget { break }
            try await host.time.clock.sleep(for: pause)
            pause = min(pause * 2, .seconds(1))
        }
        if check.warn {
            host.output.warn("\(check.title): \(seen) (only a warning)")
            return
        }
        await check.onFailure?.tell(
            .init(
                app: plan.app.text,
                release: "v\(plan.release)",
                process: instance.name,
                check: check.title,
                reason: seen
            ),
            host
        )
        throw Failure(
            .unhealthy,
            "\(instance.type) failed its check \(quoted(check.title))",
            why: "\(seen), for \(budget.words)",
            fix: "mend the app, or the check in app.json",
            excerpt: await Explanation(host: host, plan: plan).excerpt(instance, handle)
        )
    }

    /// Nil when the check passes, else what was seen.
    private func attemptOnce(_ check: HealthCheck, _ instance: Instance, _ handle: String) async throws -> String? {
        if let command = check.command { return try await execute(command, check, handle) }
        if check.listening { return try await listens(check, handle) }
        if let uptime = check.uptime {
            try await host.time.clock.sleep(for: .seconds(uptime))
            return nil
        }
        return try await asks(check, instance)
    }

    private func asks(_ check: HealthCheck, _ instance: Instance) async throws -> String? {
        let port = try check.port.map { try Port($0) } ?? plan.port
        if check.scheme?.lowercased() == "https" { return try await asksSafely(check, instance, port) }
        let header = check.httpHeaders.first { $0.name.lowercased() == "host" }?.value
        let question = HTTPQuestion(
            address: instance.address,
            port: port,
            path: check.path ?? "/",
            host: header ?? plan.hostHeader,
            headers: Dictionary(check.httpHeaders.map { ($0.name, $0.value) }) { $1 },
            limit: .seconds(check.timeout)
        )
        do {
            let answer = try await host.probes.get(question)
            guard (200..<300).contains(answer.status) else {
                return "GET \(check.path ?? "/") answered \(answer.status)"
            }
            if let content = check.content, !answer.text.contains(content) {
                return "the body does not hold \(quoted(content))"
            }
            return nil
        } catch let error as ProbeError { return error.failure.why ?? error.failure.what }
    }

    /// By TLS, with curl: the address is no name that a certificate could be for, so none is looked at.
    private func asksSafely(_ check: HealthCheck, _ instance: Instance, _ port: Port) async throws -> String? {
        var headers = check.httpHeaders.map { "\($0.name): \($0.value)" }
        if !check.httpHeaders.contains(where: { $0.name.lowercased() == "host" }) {
            headers.append("Host: \(plan.hostHeader)")
        }
        let path = check.path ?? "/"
        let lines =
            ["url = \(CurlText.quote("https://\(instance.address):\(port)\(path)"))"]
            + headers.map { "header = \(CurlText.quote($0))" }
        let words = [
            "--config", "-", "--silent", "--insecure", "--globoff", "--max-time", "\(check.timeout)",
            "--max-filesize", "65536", "--write-out", "\n%{http_code}",
        ]
        let input = Array((lines.joined(separator: "\n") + "\n").utf8)
        let outcome = try await host.programs.run(Program("/usr/bin/curl", words, input: input))
        let parts = outcome.text.split(separator: "\n", omittingEmptySubsequences: false)
        guard outcome.ending.isSuccess, let status = parts.last.flatMap({ Int($0) }) else {
            return "https on port \(port) did not answer (curl ended with \(outcome.ending.status))"
        }
        guard (200..<300).contains(status) else { return "GET \(path) answered \(status)" }
        if let content = check.content, !parts.dropLast().joined(separator: "\n").contains(content) {
            return "the body does not hold \(quoted(content))"
        }
        return nil
    }

    private func listens(_ check: HealthCheck, _ handle: String) async throws -> String? {
        let port = try check.port.map { try Port($0) } ?? plan.port
        let sockets = try await Explanation(host: host, plan: plan).listening(handle)
        return sockets.contains { $0.port == port && $0.isAny } ? nil : "nothing listens on 0.0.0.0:\(port)"
    }

    private func execute(_ command: [String], _ check: HealthCheck, _ handle: String) async throws -> String? {
        let code = try await host.scheduler.execute(command, in: handle, within: .seconds(check.timeout))
        return code == 0 ? nil : "\(quoted(command.joined(separator: " "))) ended with \(code)"
    }
}
