import ArgumentParser
import Core
import Files
import Proxying
import SystemPackage

/// What the functions of `common/property-functions` call; a value comes on standard input, where nobody else reads it.
struct PluginProperty: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "plugin:property",
        "Keep a value for a plugin; called by its hooks",
        examples: ["plugin:property get http-auth shop enabled", "plugin:property list http-auth shop allowed-ips"],
        details: """
            write, list-add, list-set and list-remove read their value from standard input. The app may be --global, or
            a service of the plugin. Exit 1: there is no such value.
            """,
        isShown: false
    )
    static let permission = Permission.administer
    static let passesWordsThrough = true
    @Argument(parsing: .captureForPassthrough, help: "VERB PLUGIN APP [KEY] [INDEX]") var words: [String] = []

    enum Verb: String, CaseIterable, Sendable {
        case get, exists, write, delete, destroy, clone, all, list
        case listAdd = "list-add"
        case listSet = "list-set"
        case listRemove = "list-remove"
    }

    func run(on host: Host) async throws {
        guard let verb = Verb(rawValue: try word(0, "what to do")) else {
            let all = Verb.allCases.map(\.rawValue).joined(separator: ", ")
            throw Failure(.usage, "\(quoted(words[0])) is none of \(all)")
        }
        let properties = try PluginProperties(try word(1, "a plugin"), on: host)
        let scope = try await properties.scope(try word(2, "an app"))
        switch verb {
        case .destroy: try await properties.destroy(scope)
        case .clone: try await properties.clone(scope, to: try await properties.scope(try word(3, "another app")))
        case .all: try await all(properties, scope, host)
        case .get:
            guard let value = try await properties.get(scope, try key) else { throw ExitCode(1) }
            host.output.answer(exactly: value + "\n")
        case .exists: if try await properties.get(scope, try key) == nil { throw ExitCode(1) }
        case .write: _ = try await properties.set(scope, try key, to: try value())
        case .delete: _ = try await properties.set(scope, try key, to: nil)
        case .list:
            let lines = PluginProperties.lines(try await properties.get(scope, try key))
            host.output.answer(exactly: lines.map { "\($0)\n" }.joined())
        case .listAdd, .listSet, .listRemove: try await edit(verb, properties, scope)
        }
    }

    private var key: String { get throws { try word(3, "a key") } }

    private func word(_ index: Int, _ what: String) throws -> String {
        guard words.indices.contains(index) else {
            throw Failure(.usage, "Please specify \(what)", fix: "slipway help plugin:property")
        }
        return words[index]
    }

    private func value() throws -> String {
        guard let text = String(validating: try Input.read(limit: PluginProperties.limit), as: UTF8.self) else {
            throw Failure.malformed("the value is not UTF-8 text")
        }
        return text
    }

    private func all(_ properties: PluginProperties, _ scope: PluginProperties.Scope, _ host: Host) async throws {
        let prefix = words.count > 3 ? words[3] : ""
        let values = try await properties.all(scope).filter { $0.key.hasPrefix(prefix) }
        host.output.answer(
            exactly: values.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }.joined()
        )
    }

    private func edit(_ verb: Verb, _ properties: PluginProperties, _ scope: PluginProperties.Scope) async throws {
        let line = try value()
        guard !line.isEmpty, !line.contains("\n") else { throw Failure.malformed("a value of a list is one line") }
        let index = words.count > 4 ? Int(words[4]) : nil
        _ = try await properties.changeList(scope, try key) { old in
            var lines = old
            switch verb {
            case .listRemove: lines.removeAll { $0 == line }
            case .listSet where index.map { lines.indices.contains($0) } == true: lines[index ?? 0] = line
            default: lines.insert(line, at: min(max(0, index ?? lines.count), lines.count))
            }
            return lines
        }
    }
}

/// What the functions and `plugn trigger` ask of us.
struct PluginAnswer: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "plugin:answer",
        "Answer a trigger that plugins ask; called by their hooks",
        examples: ["plugin:answer app-list", "plugin:answer certs-exists shop"],
        details: "docs/dokku-plugins.md tells of each. Exit 10: it is none that is answered.",
        isShown: false
    )
    static let permission = Permission.administer
    static let passesWordsThrough = true
    @Argument(parsing: .captureForPassthrough, help: "TRIGGER [ARGUMENT...]") var words: [String] = []

    func run(on host: Host) async throws {
        guard let name = words.first else { throw Failure(.usage, "Please specify a trigger") }
        let status = try await DokkuCalls.answer(name, Array(words.dropFirst()), host) ?? 10
        if status != 0 { throw ExitCode(status) }
    }
}

/// The program `sigil`.
struct PluginFill: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "plugin:fill",
        "Fill a template of a plugin; called by its hooks",
        examples: ["plugin:fill -f redirect.conf.sigil FROM=old.example TO=new.example", "plugin:fill -f page.sigil"],
        details: "The language is that of nginx.conf.sigil: docs/nginx-templates.md.",
        isShown: false
    )
    static let permission = Permission.administer
    @Option(name: [.customShort("f"), .long], help: "The template; standard input when left out") var file: String?
    @Argument(help: "NAME=VALUE") var pairs: [String] = []

    func run(on host: Host) async throws {
        var variables: [String: String] = [:]
        for pair in pairs {
            guard let mark = pair.firstIndex(of: "=") else {
                throw Failure.malformed("\(quoted(pair)) is not NAME=VALUE")
            }
            variables[String(pair[..<mark])] = String(pair[pair.index(after: mark)...])
        }
        let bytes = try file.map { try readFile(FilePath($0), limit: 1 << 20) } ?? Input.read(limit: 1 << 20)
        guard let bytes, let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(.notFound, "there is no template \(quoted(file ?? "")) of UTF-8 text")
        }
        host.output.answer(exactly: try FilledTemplate.text(text, of: file ?? "-", variables))
    }
}

extension DokkuCalls {
    /// Runs a command of ours, and returns its exit status.
    ///
    /// - Throws: What it fails with.
    static func command(_ words: [String], _ host: Host) async throws -> Int32 {
        guard let name = words.first, let type = Features.command(named: name) else {
            throw Failure(.usage, "there is no command \(quoted(words.first ?? ""))")
        }
        let command = try type.parse(Array(words.dropFirst()))
        do {
            try await command.run(on: host)
            return 0
        } catch let code as ExitCode {
            return code.rawValue
        }
    }
}
