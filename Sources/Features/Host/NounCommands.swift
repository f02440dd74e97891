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
}

extension Noun {
    static var prefix: String { "\(feature.noun)-" }
    static var title: String { feature.noun }
}

/// `noun:set [APP|--global] PROPERTY [VALUE]`; no value is back to the default.
struct SetProperty<N: Noun>: HostCommand {
    static var configuration: CommandConfiguration {
        let names = N.feature.properties.map(\.name)
        return .verb(
            "\(N.feature.noun):set",
            "Set a property of an app or of all",
            examples: [
                "\(N.feature.noun):set shop \(names.first ?? "property") VALUE",
                "\(N.feature.noun):set --global \(names.first ?? "property")",
            ],
            details: "Properties:\n"
                + N.feature.properties.map { "  \($0.name.padded(to: 24)) \($0.summary) (\($0.fallback))" }
                .joined(separator: "\n")
        )
    }
    static var permission: Permission { .change }

    @Flag(name: .customLong("global"), help: "All apps instead of one") var isGlobal = false
    @Argument(parsing: .remaining, help: "[APP] PROPERTY [VALUE]") var words: [String] = []

    func run(on host: Host) async throws {
        var rest = words[...]
        let app = isGlobal ? nil : try await Apps(on: host).find(AppName(try first(&rest, "an app")))
        let name = try first(&rest, "a property")
        guard let property = N.feature.properties.first(where: { $0.name == name }) else {
            throw Failure(
                .usage,
                "\(quoted(name)) is not a property of \(N.feature.noun)",
                fix: "it is one of \(N.feature.properties.map(\.name).joined(separator: ", "))"
            )
        }
        let value = rest.isEmpty ? nil : rest.joined(separator: " ")
        let text = value.flatMap { $0.isEmpty && !property.keepsEmpty ? nil : $0 }
        let changed = try await Properties(N.feature.noun, on: host).set(property, to: text, of: app)
        guard changed else { return host.output.heading("\(name) is unchanged") }
        if let text {
            host.output.heading("Setting \(name) to \(property.isSecret ? "******" : text)")
        } else {
            host.output.heading("Unsetting \(name)")
        }
    }

    private func first(_ words: inout ArraySlice<String>, _ what: String) throws -> String {
        guard let word = words.popFirst() else {
            throw Failure(.usage, "Please specify \(what)", fix: "slipway help \(N.feature.noun):set")
        }
        return word
    }
}

/// `noun:report [APP|--global] [--FLAG] [--format json]`.
struct ReportCommand<N: Noun>: HostCommand {
    static var configuration: CommandConfiguration {
        .verb(
            "\(N.feature.noun):report",
            "Show what is set, and what holds",
            examples: ["\(N.feature.noun):report shop", "\(N.feature.noun):report shop --format json"]
        )
    }
    static var permission: Permission { .view }

    @Argument(parsing: .captureForPassthrough, help: "[APP|--global] [--FLAG] [--format json]") var words: [String] = []

    func run(on host: Host) async throws {
        let wish = try ReportWish(words)
        let apps: [App?]
        if let name = wish.app {
            apps = [try await Apps(on: host).find(name)]
        } else if wish.isGlobal {
            apps = [nil]
        } else {
            apps = try await Apps(on: host).list()
            if apps.isEmpty { host.output.warn("You haven't deployed any applications yet") }
        }
        for app in apps {
            let lines = try await Reports.lines(N.feature, app, host)
            try Reports.show(
                lines,
                prefix: N.prefix,
                heading: "\(app?.name.text ?? "Global") \(N.title) information",
                wish,
                host.output
            )
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
            case "--format", "--format=json", "--format=stdout":
                let format = word == "--format" ? rest.popFirst() ?? "" : String(word.dropFirst("--format=".count))
                guard ["json", "stdout"].contains(format) else {
                    throw Failure(.usage, "\(quoted(format)) is not a format", fix: "use stdout or json")
                }
                wantsJSON = format == "json"
            case _ where word.hasPrefix("--"):
                guard flag == nil else { throw Failure(.usage, "a report allows only a single flag") }
                flag = String(word.dropFirst(2))
            default:
                guard app == nil else { throw Failure(.usage, "\(quoted(word)) is one word too many") }
                app = try AppName(word)
            }
        }
        if flag != nil, wantsJSON { throw Failure(.usage, "--format json shows all; it goes with no other flag") }
    }
}

/// Reports in Dokku's shape.
enum Reports {
    /// A noun's own facts, then its properties: as set, as they hold, as set for all.
    static func lines(_ feature: Feature, _ app: App?, _ host: Host) async throws -> [ReportLine] {
        var lines = try await feature.report?(app, host) ?? []
        let properties = Properties(feature.noun, on: host)
        for property in feature.properties where property.name != "disabled" && property.name != "skipped" {
            func masked(_ text: String) -> String { property.isSecret && !text.isEmpty ? "******" : text }
            if app != nil, property.scope != .global {
                lines.append(ReportLine(property.name, masked(try await properties.raw(property, of: app) ?? "")))
                lines.append(
                    ReportLine("computed-\(property.name)", masked(try await properties.effective(property, of: app)))
                )
            }
            if property.scope != .app {
                lines.append(
                    ReportLine("global-\(property.name)", masked(try await properties.raw(property, of: nil) ?? ""))
                )
            }
        }
        var seen: Set<String> = []
        return lines.filter { seen.insert($0.key).inserted }.sorted { $0.key < $1.key }
    }

    static func show(
        _ lines: [ReportLine],
        prefix: String,
        heading: String,
        _ wish: ReportWish,
        _ output: Output
    ) throws {
        if let flag = wish.flag {
            guard let line = lines.first(where: { prefix + $0.key == flag || $0.key == flag }) else {
                let valid = lines.map { "--\(prefix)\($0.key)" }.joined(separator: ", ")
                throw Failure(.usage, "Invalid flag passed, valid flags: \(valid)")
            }
            return output.answer(line.value)
        }
        if wish.wantsJSON {
            return try output.answer(json: Dictionary(lines.map { ($0.key, $0.value) }) { $1 })
        }
        output.answer("=====> \(heading)")
        let labels = lines.map { label(prefix + $0.key) }
        let width = max(31, (labels.map(\.count).max() ?? 0) + 1)
        for (line, label) in zip(lines, labels) { output.answer("       \(label.padded(to: width))\(line.value)") }
    }

    /// `git-deploy-branch` as `Git deploy branch:`.
    private static func label(_ key: String) -> String {
        let words = key.replacing("-", with: " ").replacing(".", with: " ")
        return words.prefix(1).uppercased() + words.dropFirst() + ":"
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
