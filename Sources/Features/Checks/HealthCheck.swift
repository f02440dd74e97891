import Core

/// One entry of `healthchecks` in app.json (Docker health check fields in Dokku's spelling).
struct HealthCheck: Sendable, Codable, Equatable {
    var type: String = "startup"
    var name: String?
    /// Run inside the container; passes with exit 0.
    var command: [String]?
    /// Asked by GET; passes with 2xx.
    var path: String?
    /// Must appear in the body.
    var content: String?
    /// Passes when the port is bound on every address.
    var listening: Bool = false
    /// Seconds of running without a restart.
    var uptime: Int?
    var port: Int?
    var attempts: Int = 3
    /// Seconds between two attempts.
    var wait: Int = 5
    /// Seconds an attempt may take.
    var timeout: Int = 5
    /// Seconds before the first attempt.
    var initialDelay: Int = 0
    /// A failure is only written down.
    var warn: Bool = false
    var httpHeaders: [Header] = []
    /// `http` or `https`; certificates are not looked at.
    var scheme: String?
    /// Who is told when it fails.
    var onFailure: OnFailure?

    struct Header: Sendable, Codable, Equatable {
        var name: String
        var value: String
    }

    enum CodingKeys: String, CodingKey {
        case type, name, command, path, content, listening, uptime, port, attempts, wait, timeout, initialDelay, warn
        case httpHeaders, scheme, onFailure
    }

    init() {}

    init(from decoder: any Decoder) throws {
        let table = try decoder.container(keyedBy: CodingKeys.self)
        type = try table.decodeIfPresent(String.self, forKey: .type) ?? "startup"
        name = try table.decodeIfPresent(String.self, forKey: .name)
        command = try table.decodeIfPresent([String].self, forKey: .command)
        path = try table.decodeIfPresent(String.self, forKey: .path)
        content = try table.decodeIfPresent(String.self, forKey: .content)
        listening = try table.decodeIfPresent(Bool.self, forKey: .listening) ?? false
        uptime = try table.decodeIfPresent(Int.self, forKey: .uptime)
        port = try table.decodeIfPresent(Int.self, forKey: .port)
        attempts = try table.decodeIfPresent(Int.self, forKey: .attempts) ?? 3
        wait = try table.decodeIfPresent(Int.self, forKey: .wait) ?? 5
        timeout = try table.decodeIfPresent(Int.self, forKey: .timeout) ?? 5
        initialDelay = try table.decodeIfPresent(Int.self, forKey: .initialDelay) ?? 0
        warn = try table.decodeIfPresent(Bool.self, forKey: .warn) ?? false
        httpHeaders = try table.decodeIfPresent([Header].self, forKey: .httpHeaders) ?? []
        scheme = try table.decodeIfPresent(String.self, forKey: .scheme)
        onFailure = try table.decodeIfPresent(OnFailure.self, forKey: .onFailure)
        try refuseNonsense(decoder)
    }

    /// What would reach a request line or a header must hold no control character.
    private func refuseNonsense(_ decoder: any Decoder) throws {
        let texts = [path ?? "", content ?? ""] + httpHeaders.flatMap { [$0.name, $0.value] }
        let isClean = texts.allSatisfy { $0 == cleaned($0, keepTabs: false) }
        guard isClean, path.map({ $0.hasPrefix("/") && !$0.contains(" ") }) ?? true,
            port.map({ (1...65535).contains($0) }) ?? true
        else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a path must start with / and hold no blank")
            )
        }
        let isKnown = scheme.map { ["http", "https"].contains($0.lowercased()) } ?? true
        guard isKnown, onFailure?.fault == nil else {
            let fault = isKnown ? onFailure?.fault ?? "" : "a scheme is http or https"
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: fault))
        }
    }

    private static let possibleAttempts = 1...1000
    /// A day is longer than any deploy waits.
    private static let possibleSeconds = 0...86_400

    /// The first number that no check can have: `wait is -1, not 0 to 86400`.
    var excess: String? {
        let seconds = [
            ("wait", wait), ("timeout", timeout), ("initialDelay", initialDelay), ("uptime", uptime ?? 0),
        ]
        let all = [("attempts", attempts, Self.possibleAttempts)] + seconds.map { ($0.0, $0.1, Self.possibleSeconds) }
        return all.first { !$0.2.contains($0.1) }.map { name, number, range in
            "\(name) is \(number), not \(range.lowerBound) to \(range.upperBound)"
        }
    }

    /// The same with every number among those that can be: what is on record was not always looked at before.
    var bounded: HealthCheck {
        var check = self
        check.attempts = attempts.clamped(to: Self.possibleAttempts)
        check.wait = wait.clamped(to: Self.possibleSeconds)
        // None would be over before it has begun.
        check.timeout = max(1, timeout.clamped(to: Self.possibleSeconds))
        check.initialDelay = initialDelay.clamped(to: Self.possibleSeconds)
        check.uptime = uptime?.clamped(to: Self.possibleSeconds)
        return check
    }

    /// As messages name it.
    var title: String { name ?? path.map { "GET \($0)" } ?? (command.map { $0.joined(separator: " ") } ?? "check") }
}
