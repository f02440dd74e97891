import Core

/// The name of a network of the engine.
struct NetworkName: CheckedText {
    /// The engine's own, none of which keeps neighbours apart.
    static let engines: Set = ["bridge", "host", "none", "default"]

    let text: String

    /// By the engine's rule for names.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(_ text: String) throws(Failure) {
        guard let first = text.utf8.first, first.isLetterOrDigit, text.utf8.count <= 128,
            text.utf8.allSatisfy({ $0.isLetterOrDigit || "_.-".utf8.contains($0) })
        else {
            throw .malformed(
                "\(quoted(text)) is not the name of a network",
                fix: "use letters, digits, '_', '.' and '-', the first a letter or a digit"
            )
        }
        self.text = text
    }

    /// One that apps may be brought into.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/malformed`` or ``FailureCode/notAllowed``.
    init(attachable text: String) throws {
        guard !Self.engines.contains(text), !text.hasPrefix("container:") else {
            throw Failure(
                .notAllowed,
                "no app is brought into the network \(text)",
                why: "everything on this machine that is in it could reach the app, and nginx could not",
                fix: "slipway network:create NAME makes one"
            )
        }
        try self.init(text)
    }

    /// One that a person may make.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/malformed`` or ``FailureCode/notAllowed``.
    init(new text: String) throws {
        try self.init(text)
        guard !Self.engines.contains(text), !text.hasPrefix("slipway-") else {
            throw Failure(
                .notAllowed,
                "the name \(text) is not free",
                why: Self.engines.contains(text) ? "the engine has it" : "slipway's own networks are named so"
            )
        }
    }

    /// Several names, between blanks or commas.
    static func list(_ text: String) throws -> [NetworkName] {
        try text.split(whereSeparator: { $0 == " " || $0 == "," }).map { try NetworkName(attachable: String($0)) }
    }
}

/// Under which names others in a network find an instance: `shop.web`, and `web-1.shop.web`.
struct NetworkAliases: Sendable, Equatable {
    let all: [String]

    init(_ app: AppName, _ type: ProcessType, tld: String, hostname: String? = nil) {
        let base = tld.isEmpty ? "\(app).\(type)" : "\(app).\(type).\(tld)"
        all = [base] + (hostname.map { ["\($0).\(base)"] } ?? [])
    }
}

/// A network as it is shown, in Dokku's keys.
struct ShownNetwork: Sendable, Equatable, Encodable {
    var ID: String
    var Name: String
    var Driver: String
    var Scope: String
    var CreatedAt: String
    var Internal: Bool
    var IPv6: Bool
    var Labels: [String: String]
    var Subnets: [String]
    /// Names of containers in it; lists leave it empty.
    var Containers: [String]
}
