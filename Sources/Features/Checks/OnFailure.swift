import Core
import FoundationEssentials
import Programs
import SystemPackage

/// What a check of app.json wants to happen when it fails.
struct OnFailure: Sendable, Codable, Equatable {
    /// A program of the host; run only where the host's administrator allows it.
    var command: [String]?
    /// Told by POST, as JSON.
    var url: String?

    /// What whoever is told gets to know.
    struct News: Sendable, Encodable {
        var app: String
        var release: String
        var process: String
        var check: String
        var reason: String
    }

    /// Nil when it is fine.
    var fault: String? {
        if let command {
            guard let program = command.first, program.hasPrefix("/"), command.allSatisfy({ $0 == cleaned($0) }) else {
                return "onFailure.command needs a program by its whole path"
            }
        }
        if let url {
            let parts = URLComponents(string: url)
            guard let scheme = parts?.scheme, ["http", "https"].contains(scheme), parts?.host?.isEmpty == false,
                url == cleaned(url, keepTabs: false)
            else { return "onFailure.url is no http or https address" }
        }
        return nil
    }

    /// Tells whoever wants to know; that nobody can be told changes nothing about the failure.
    func tell(_ news: News, _ host: Host) async {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let text = String(decoding: try encoder.encode(news), as: UTF8.self)
            if let url { try await post(text, to: url, host) }
            if let command { try await run(command, text, host) }
        } catch {
            host.output.warn("onFailure of \(quoted(news.check)): \(Failure(error).what)")
        }
    }

    /// The address may hold a secret, so it stands in no process list.
    private func post(_ text: String, to url: String, _ host: Host) async throws {
        let settings = "url = \(CurlText.quote(url))\ndata = \(CurlText.quote(text))\n"
        let words = [
            "--config", "-", "--silent", "--show-error", "--fail", "--proto", "=http,https", "--max-time", "10",
            "--globoff", "--header", "Content-Type: application/json", "--output", "/dev/null",
        ]
        let outcome = try await host.programs.run(Program("/usr/bin/curl", words, input: Array(settings.utf8)))
        if !outcome.ending.isSuccess {
            host.output.warn("onFailure: the address could not be told (curl ended with \(outcome.ending.status))")
        }
    }

    private func run(_ command: [String], _ text: String, _ host: Host) async throws {
        let allowed = try await Properties("checks", on: host).effective(Checks.hostCommands, of: nil)
        guard allowed == "true", let program = command.first else {
            return host.output.warn("onFailure.command is not run: checks:set --global host-commands true allows it")
        }
        let outcome = try await withTimeout(.seconds(60), clock: host.time.clock) {
            try await host.programs.run(
                Program(
                    FilePath(program),
                    Array(command.dropFirst()),
                    environment: .exactly(["PATH": "/usr/local/bin:/usr/bin:/bin"]),
                    input: Array(text.utf8)
                )
            )
        }
        if !outcome.ending.isSuccess { host.output.warn("onFailure.command ended with \(outcome.ending.status)") }
    }
}

/// Text inside a configuration file of curl.
enum CurlText {
    static func quote(_ text: String) -> String {
        let escaped = text.replacing(scalars: ["\\": "\\\\", "\"": "\\\"", "\n": "\\n", "\t": "\\t"])
        return "\"\(escaped)\""
    }
}
