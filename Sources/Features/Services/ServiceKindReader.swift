import Core
import Plugins

/// Reads `service.toml`: every key is known and of its type, or nothing is used.
struct ServiceKindReader {
    private static let everywhere: Set<ServicePlaceholder> = [.kind, .name, .scheme, .host, .port, .database]
    /// Above this a server counts as failed.
    private static let longestStart = 3600

    private let name: ServiceKindName

    private init(_ name: ServiceKindName) { self.name = name }

    /// - Throws: ``TomlError``.
    static func read(_ bytes: [UInt8], name: ServiceKindName) throws(TomlError) -> ServiceKind {
        try Self(name).kind(try TomlTable(reading: bytes))
    }

    private func kind(_ file: TomlTable) throws(TomlError) -> ServiceKind {
        try only(["service", "server"] + ServiceVerb.allCases.map(\.rawValue), in: file, "the file")
        guard let heading = try table("service", of: file) else { throw TomlError(line: 1, "[service] is missing") }
        let service = Part(heading)
        let server = Part(try table("server", of: file))
        try only(
            ["title", "image", "version", "port", "ports", "scheme", "variable", "url", "upgrade", "database"],
            in: service.table,
            "[service]"
        )
        try only(
            ["data", "command", "hostname", "administrator", "environment", "files"],
            in: server.table,
            "[server]"
        )
        var actions: [ServiceVerb: ServiceAction] = [:]
        for verb in ServiceVerb.allCases { actions[verb] = try action(verb, of: file) }
        guard (actions[.createUser] == nil) == (actions[.removeUser] == nil) else {
            throw TomlError(line: file.line, "[create-user] and [remove-user] go together")
        }
        let creation = Part(try table("create-user", of: file))
        let ready = Part(try table("ready", of: file))
        let files = try texts("files", of: server, allowing: Self.everywhere.union([.password, .users]))
        let line = try creation.text("line")
        for path in files.keys where !Self.isPath(path) { throw server.mistake("files", "\(quoted(path)) is no path") }
        return ServiceKind(
            name: name,
            title: try service.word("title", limit: 60),
            image: try image(service),
            version: try version(service),
            ports: try ports(service),
            scheme: try scheme(service),
            variable: try variable(service),
            url: try filling(
                try service.word("url", limit: 500),
                Self.everywhere.union([.user, .userPassword]),
                service,
                "url"
            ),
            upgrade: try upgrade(service, actions),
            keepsName: try service.text("database") == "name",
            administrator: try server.text("administrator") ?? "root",
            data: try folders(server),
            command: try server.list("command") ?? [],
            hostname: try server.text("hostname"),
            environment: try texts("environment", of: server, allowing: Self.everywhere.union([.password])),
            files: files,
            userLine: try line.map { text throws(TomlError) in
                try filling(text, Self.everywhere.union([.user, .userPassword]), creation, "line")
            },
            readyWithin: .seconds(try ready.number("seconds", 1...Self.longestStart) ?? 60),
            items: try Part(try table("count", of: file)).text("what") ?? "items",
            actions: actions
        )
    }

    // MARK: [service]

    private func image(_ service: Part) throws(TomlError) -> String {
        let text = try service.word("image", limit: 200)
        guard (try? ImageName(text)) != nil, !text.contains("@"),
            text.split(separator: "/").last?.contains(":") == false
        else { throw service.mistake("image", "\(quoted(text)) is not the name of an image without its version") }
        return text
    }

    private func version(_ service: Part) throws(TomlError) -> String {
        let text = try service.word("version", limit: 128)
        guard (try? ImageName("a:\(text)")) != nil, !text.contains(":"), !text.contains("/") else {
            throw service.mistake("version", "\(quoted(text)) is not a version")
        }
        return text
    }

    private func ports(_ service: Part) throws(TomlError) -> [UInt16] {
        guard let first = try service.number("port", 1...65535) else {
            throw TomlError(line: service.table.line, "port is missing in [service]")
        }
        var all = [UInt16(first)]
        for text in try service.list("ports") ?? [] {
            guard let port = UInt16(text), port > 0 else {
                throw service.mistake("ports", "\(quoted(text)) is no port")
            }
            if !all.contains(port) { all.append(port) }
        }
        return all
    }

    private func scheme(_ service: Part) throws(TomlError) -> String {
        let text = try service.word("scheme", limit: 32)
        guard text.utf8.allSatisfy({ $0.isLowercaseLetterOrDigit || $0 == UInt8(ascii: "+") }) else {
            throw service.mistake("scheme", "\(quoted(text)) is no scheme of a URL")
        }
        return text
    }

    private func variable(_ service: Part) throws(TomlError) -> ConfigKey {
        let text = try service.word("variable", limit: 100)
        guard let key = try? ConfigKey(text), text.hasSuffix("_URL") else {
            throw service.mistake("variable", "\(quoted(text)) is no variable; its name ends in _URL")
        }
        return key
    }

    private func upgrade(_ service: Part, _ actions: [ServiceVerb: ServiceAction]) throws(TomlError)
        -> ServiceKind.Upgrade
    {
        let text = try service.text("upgrade") ?? ServiceKind.Upgrade.inPlace.rawValue
        guard let way = ServiceKind.Upgrade(rawValue: text) else {
            throw service.mistake("upgrade", "it is \"in-place\" or \"dump\"")
        }
        guard way == .inPlace || actions[.dump] != nil && actions[.restore] != nil else {
            throw service.mistake("upgrade", "\"dump\" wants [dump] and [restore]")
        }
        return way
    }

    // MARK: [server] and what runs in it

    private func folders(_ server: Part) throws(TomlError) -> [String] {
        let all = try server.list("data") ?? []
        for path in all where !Self.isPath(path) { throw server.mistake("data", "\(quoted(path)) is no folder") }
        return all
    }

    private static func isPath(_ text: String) -> Bool {
        text.hasPrefix("/") && text.count > 1 && text == cleaned(text, keepTabs: false) && !text.contains(":")
            && text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
                !$0.isEmpty && $0 != "." && $0 != ".."
            }
    }

    private func action(_ verb: ServiceVerb, of file: TomlTable) throws(TomlError) -> ServiceAction? {
        guard let found = try table(verb.rawValue, of: file) else { return nil }
        let part = Part(found)
        var known = ["run", "environment", "input"]
        if verb == .ready { known.append("seconds") }
        if verb == .createUser { known.append("line") }
        if verb == .count { known.append("what") }
        try only(known, in: found, "[\(verb.rawValue)]")
        let plain = Self.everywhere.union(verb.places)
        guard let words = try part.list("run"), !words.isEmpty else {
            if verb == .ready, found["run"] == nil { return nil }
            throw TomlError(line: found.line, "[\(verb.rawValue)] wants run = [\"program\", ...]")
        }
        var run: [ServiceText] = []
        for word in words { run.append(try filling(word, plain.filter { !$0.isSecret }, part, "run")) }
        var input: ServiceText?
        if let text = try part.text("input") { input = try filling(text, plain.union([.password]), part, "input") }
        return ServiceAction(
            run: run,
            environment: try texts("environment", of: part, allowing: plain.union([.password])),
            input: input
        )
    }

    private func texts(_ key: String, of part: Part, allowing places: Set<ServicePlaceholder>) throws(TomlError)
        -> [String: ServiceText]
    {
        guard let table = try table(key, of: part.table) else { return [:] }
        var result: [String: ServiceText] = [:]
        for name in table.keys {
            guard case .text(let text) = table[name] else {
                throw TomlError(line: table.entries[name]?.line ?? table.line, "\(quoted(name)) is to be text")
            }
            guard key == "files" || (try? ConfigKey(name)) != nil else {
                throw TomlError(line: table.entries[name]?.line ?? table.line, "\(quoted(name)) is no variable")
            }
            result[name] = try filling(text, places, Part(table), name)
        }
        return result
    }

    private func filling(_ text: String, _ places: Set<ServicePlaceholder>, _ part: Part, _ key: String)
        throws(TomlError) -> ServiceText
    {
        do { return try ServiceText(text, allowing: places) } catch { throw part.mistake(key, error.reason) }
    }

    private func table(_ key: String, of table: TomlTable) throws(TomlError) -> TomlTable? {
        guard let entry = table.entries[key] else { return nil }
        guard case .table(let found) = entry.value else {
            throw TomlError(line: entry.line, "\(quoted(key)) is \(entry.value.kind), and is to be a table")
        }
        return found
    }

    private func only(_ known: [String], in table: TomlTable?, _ place: String) throws(TomlError) {
        guard let table, let key = table.keys.first(where: { !known.contains($0) }) else { return }
        throw TomlError(
            line: table.entries[key]?.line ?? table.line,
            "\(quoted(key)) is not known in \(place); there are \(known.sorted().joined(separator: ", "))"
        )
    }
}

/// The keys of a table, each of its type.
private struct Part {
    let table: TomlTable

    init(_ table: TomlTable?) { self.table = table ?? .empty }

    func mistake(_ key: String, _ reason: String) -> TomlError {
        TomlError(line: table.entries[key]?.line ?? table.line, "\(key): \(reason)")
    }

    func text(_ key: String) throws(TomlError) -> String? {
        guard let value = table[key] else { return nil }
        guard case .text(let text) = value else { throw mistake(key, "it is \(value.kind), and is to be text") }
        guard !text.utf8.contains(0) else { throw mistake(key, "it holds a NUL byte") }
        return text
    }

    /// Text of one line that must be there.
    func word(_ key: String, limit: Int) throws(TomlError) -> String {
        guard let text = try text(key), !text.isEmpty else {
            throw TomlError(line: table.line, "\(key) is missing in [service]")
        }
        guard text.utf8.count <= limit, text == cleaned(text, keepTabs: false) else {
            throw mistake(key, "it is no line of at most \(limit) bytes")
        }
        return text
    }

    func number(_ key: String, _ range: ClosedRange<Int>) throws(TomlError) -> Int? {
        guard let value = table[key] else { return nil }
        guard case .integer(let number) = value, range.contains(number) else {
            throw mistake(key, "it is to be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func list(_ key: String) throws(TomlError) -> [String]? {
        guard let value = table[key] else { return nil }
        guard case .list(let list) = value else { throw mistake(key, "it is \(value.kind), and is to be a list") }
        guard !list.contains(where: { $0.utf8.contains(0) }) else { throw mistake(key, "it holds a NUL byte") }
        return list
    }
}
