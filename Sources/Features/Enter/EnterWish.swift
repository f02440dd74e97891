import Core

/// What `enter` was asked for: `APP [TYPE|TYPE.NUMBER|--container-id ID] [--] COMMAND...`.
struct EnterWish: Sendable, Equatable {
    enum Place: Sendable, Equatable {
        /// The first instance of the only type.
        case only
        /// A type, or one instance of it: `web`, `web.2`.
        case named(String)
        /// By the beginning of its id.
        case container(String)

        var words: String {
            switch self {
            case .only: "instance"
            case .named(let name): "process \(quoted(name))"
            case .container(let id): "container \(quoted(id))"
            }
        }
    }

    var app: AppName
    var place: Place = .only
    /// Empty is a shell.
    var command: [String]

    /// - Throws: ``Failure`` with code ``FailureCode/usage`` or ``FailureCode/malformed``.
    init(_ line: [String]) throws {
        var rest = line[...]
        guard let name = rest.popFirst() else { throw Self.wrong("Please specify an app to run the command on") }
        app = try AppName(name)
        if let word = rest.first, word != "--" {
            rest = rest.dropFirst()
            if word == "--container-id" {
                guard let id = rest.popFirst(), !id.isEmpty else { throw Self.wrong("--container-id needs a value") }
                place = .container(id)
            } else if word.hasPrefix("--container-id=") {
                place = .container(String(word.dropFirst("--container-id=".count)))
            } else if word.hasPrefix("-") {
                throw Self.wrong("\(quoted(word)) is not an option of enter")
            } else {
                place = .named(word)
            }
        }
        if rest.first == "--" { rest = rest.dropFirst() }
        command = Array(rest)
    }

    private static func wrong(_ what: String) -> Failure {
        Failure(.usage, what, fix: "slipway enter APP [TYPE|TYPE.NUMBER] -- COMMAND...")
    }
}
