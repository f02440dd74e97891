import ArgumentParser
import Core
import FoundationEssentials

/// A noun whose `:set` and `:report` are made from its card.
protocol Noun: Sendable {
    static var feature: Feature { get }
    /// What stands before the keys of its report: `git-`.
    static var prefix: String { get }
    /// As the heading of its report names it.
    static var title: String { get }
    /// Whether a report of `--global` also says what holds where nothing is set for an app.
    static var computesGlobally: Bool { get }
    /// The verb that sets its properties.
    static var setVerb: String { get }
    /// The property of a name that a person typed; some nouns have more than they can list.
    static func property(_ name: String) -> Property?
    /// Refuses what a property alone cannot: a value that goes with no other, or names what is not there.
    static func willSet(_ property: Property, to value: String?, of app: App?, on host: Host) async throws
    /// Sets one of its properties; true when that changed anything.
    static func set(_ property: Property, to value: String?, of app: App?, on host: Host) async throws -> Bool
    /// What else has to happen once a property is written: telling the proxy, saying when it takes effect.
    static func didSet(_ property: Property, of app: App?, on host: Host) async throws
}

extension Noun {
    static var prefix: String { "\(feature.noun)-" }
    static var title: String { feature.noun }
    static var computesGlobally: Bool { true }
    static var setVerb: String { "set" }
    static func property(_ name: String) -> Property? { feature.properties.named(name) }
    static func willSet(_ property: Property, to value: String?, of app: App?, on host: Host) async throws {}
    static func set(_ property: Property, to value: String?, of app: App?, on host: Host) async throws -> Bool {
        try await Properties(feature.noun, on: host).set(property, to: value, of: app)
    }
    static func didSet(_ property: Property, of app: App?, on host: Host) async throws {}
}

/// A command whose arguments are not the argument parser's, and says itself what they are.
protocol SelfDescribing {
    static var arguments: [ArgumentFacts] { get }
}

/// A command that sets properties, whose help lists them.
protocol PropertySetting {
    static var settable: [Property] { get }
}

/// `noun:set [APP|--global] PROPERTY [VALUE]`; no value, or an empty one, is back to the default.
struct SetProperty<N: Noun>: HostCommand, SelfDescribing, PropertySetting {
    static var configuration: CommandConfiguration {
        let names = settable.map(\.name)
        return .verb(
            name,
            "Set a property of an app or of all",
            examples: examples,
            details: "Properties of \(N.feature.noun): \(names.joined(separator: ", "))"
        )
    }
    static var permission: Permission { .change }
    static var arguments: [ArgumentFacts] {
        [
            ArgumentFacts(flag: "global", "All apps instead of one"),
            ArgumentFacts(word: "app", "App to change", isOptional: true),
            ArgumentFacts(word: "property", "What to set", values: settable.map(\.name)),
            ArgumentFacts(word: "value", "What it is from now on; back to the default without it", isOptional: true),
        ]
    }
    static var settable: [Property] { N.feature.properties.filter { !$0.isReadOnly } }
    private static var name: String { "\(N.feature.noun):\(N.setVerb)" }
    private static var examples: [String] {
        let first = settable.first
        let property = first?.name ?? "property"
        return [
            first?.scope == .global ? "\(name) --global \(property) VALUE" : "\(name) shop \(property) VALUE",
            first?.scope == .app ? "\(name) shop \(property)" : "\(name) --global \(property)",
        ]
    }

    @Argument(parsing: .captureForPassthrough, help: "[APP|--global] PROPERTY [VALUE]") var words: [String] = []

    func run(on host: Host) async throws {
        let wish = try SetWish(words, Self.name)
        let app = try await wish.app.asyncMap { try await Apps(on: host).find($0) }
        guard let property = N.property(wish.name), !property.isReadOnly else {
            throw Self.unknown(wish.name)
        }
        let given = wish.value.map(property.normalize)
        let value = property.keepsEmpty ? given : given.flatMap { $0.isEmpty ? nil : $0 }
        if let value { try property.check(value) }
        try property.checkScope(of: app)
        try await N.willSet(property, to: value, of: app, on: host)
        guard try await N.set(property, to: value, of: app, on: host) else {
            return host.output.heading("\(wish.name) is unchanged")
        }
        if let value {
            host.output.heading("Setting \(wish.name) to \(property.shown(value))")
        } else {
            host.output.heading("Unsetting \(wish.name)")
        }
        try await N.didSet(property, of: app, on: host)
    }

    private static func unknown(_ name: String) -> Failure {
        let valid = settable.map(\.name)
        let isOthers = N.feature.properties.named(name) != nil
        return Failure(
            .usage,
            "\(quoted(name)) \(isOthers ? "is set by other commands of" : "is not a property of") \(N.feature.noun)",
            why: "valid properties: \(valid.joined(separator: ", "))",
            fix: Help.near(name, valid).first.map { "did you mean \($0)?" } ?? "slipway help \(Self.name)"
        )
    }
}

/// What a `:set` was asked for.
struct SetWish: Sendable {
    /// Nil is every app.
    var app: AppName?
    var name: String
    /// Nil when none was given.
    var value: String?

    /// - Throws: ``Failure`` with code ``FailureCode/usage`` or ``FailureCode/malformed``.
    init(_ words: [String], _ command: String) throws {
        var rest = words[...]
        var isGlobal = false
        func first(_ what: String) throws -> String {
            while let word = rest.first, word.hasPrefix("-") {
                rest = rest.dropFirst()
                switch word {
                case "--global": isGlobal = true
                case "--": break
                default: throw Failure(.usage, "\(quoted(word)) is not an option of \(command)")
                }
                if isGlobal, what == "an app" { return "" }
            }
            guard let word = rest.popFirst() else {
                throw Failure(.usage, "Please specify \(what)", fix: "slipway help \(command)")
            }
            return word
        }
        let app = try first("an app")
        self.app = isGlobal ? nil : try AppName(app)
        let wasGlobal = isGlobal
        name = try first("a property")
        guard isGlobal == wasGlobal else {
            throw Failure(.usage, "--global stands in place of the app", fix: "\(command) --global \(name) VALUE")
        }
        if rest.first == "--" { rest = rest.dropFirst() }
        value = rest.isEmpty ? nil : rest.joined(separator: " ")
    }
}

extension Optional {
    fileprivate func asyncMap<Other>(_ make: (Wrapped) async throws -> Other) async throws -> Other? {
        guard let self else { return nil }
        return try await make(self)
    }
}

/// A command that reports a noun in Dokku's shape.
protocol Reporting: HostCommand {
    static var noun: any Noun.Type { get }
}

/// `noun:report [APP|--global] [--FLAG] [--format json]`.
struct ReportCommand<N: Noun>: Reporting, SelfDescribing {
    static var configuration: CommandConfiguration {
        .verb(
            "\(N.feature.noun):report",
            "Show what is set, and what holds",
            examples: ["\(N.feature.noun):report shop", "\(N.feature.noun):report shop --format json"],
            details: """
                Without an app every app is shown. One of the flags below shows that value alone: it is what stands in
                front of the colon, in small letters and joined by dashes.
                """
        )
    }
    static var permission: Permission { .view }
    static var answers: JSONShape? { .map(.text) }
    static var noun: any Noun.Type { N.self }
    static var arguments: [ArgumentFacts] {
        [
            ArgumentFacts(word: "app", "App to look at; every one without it", isOptional: true),
            ArgumentFacts(flag: "global", "What holds for all apps"),
            ArgumentFacts(option: "format", "stdout or json", values: ["stdout", "json"]),
        ]
            + N.feature.properties.flatMap { property in
                Reports.keys(property, isForApp: true).map {
                    ArgumentFacts(flag: "\(N.prefix)\($0)", "Only this value", isShown: false)
                }
            }
    }

    @Argument(parsing: .captureForPassthrough, help: "[APP|--global] [--FLAG] [--format json]") var words: [String] = []

    func run(on host: Host) async throws {
        let wish = try ReportWish(words)
        let apps: [App?]
        if let name = wish.app {
            apps = [try await Apps(on: host).find(name)]
        } else if wish.isGlobal {
            apps = [nil]
        } else {
            apps = try await Apps(on: host).visible()
            if apps.isEmpty { host.output.warn("You haven't deployed any applications yet") }
        }
        for block in try await Reports.blocks(N.self, apps, host) {
            try Reports.show(block, wish, isAlone: apps.count == 1, host.output)
        }
    }
}

/// What a report was asked for.
struct ReportWish: Sendable {
    var app: AppName?
    var isGlobal = false
    var flag: String?
    var wantsJSON = false

    /// - Throws: ``Failure`` with code ``FailureCode/usage``.
    init(_ words: [String]) throws {
        var rest = words[...]
        while let word = rest.popFirst() {
            switch word {
            case "--global": isGlobal = true
            case "--json": wantsJSON = true
            case _ where word == "--format" || word.hasPrefix("--format="):
                let format = word == "--format" ? rest.popFirst() ?? "" : String(word.dropFirst("--format=".count))
                guard ["json", "stdout"].contains(format) else {
                    throw Failure(.usage, "\(quoted(format)) is not a format", fix: "use stdout or json")
                }
                wantsJSON = format == "json"
            case _ where word.hasPrefix("--") && word.count > 2:
                guard flag == nil else { throw Failure(.usage, "a report allows only a single flag") }
                flag = String(word.dropFirst(2))
            default:
                guard app == nil else { throw Failure(.usage, "\(quoted(word)) is one word too many") }
                app = try AppName(word)
            }
        }
        if flag != nil, wantsJSON { throw Failure(.usage, "--format json shows all; it goes with no other flag") }
        if isGlobal, app != nil { throw Failure(.usage, "--global stands in place of the app") }
    }
}

extension Output {
    /// A value as JSON, keys sorted, on one line.
    func answer(json value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        answer(exactly: String(decoding: try encoder.encode(value), as: UTF8.self) + "\n")
    }
}
