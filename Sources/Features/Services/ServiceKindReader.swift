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
        try Self(name).kind(TomlPart(try TomlTable(reading: bytes), "the file"))
    }

    private func kind(_ file: TomlPart) throws(TomlError) -> ServiceKind {
        try file.only(["service", "server"] + ServiceVerb.allCases.map(\.rawValue))
        guard let service = try file.part("service") else { throw TomlError(line: 1, "[service] is missing") }
        let server = try file.partOrNone("server")
        try service.only(
            [
                "title", "image", "version", "port", "ports", "scheme", "variable", "url", "upgrade", "database",
                "reserved",
            ]
        )
        try server.only(["data", "command", "hostname", "administrator", "environment", "files"])
        var actions: [ServiceVerb: ServiceAction] = [:]
        for verb in ServiceVerb.allCases { actions[verb] = try action(verb, of: file) }
        guard (actions[.createUser] == nil) == (actions[.removeUser] == nil) else {
            throw TomlError(line: file.table.line, "[create-user] and [remove-user] go together")
        }
        let creation = try file.partOrNone("create-user")
        let ready = try file.partOrNone("ready")
        let files = try texts("files", of: server, allowing: Self.everywhere.union([.password, .users]))
        let line = try creation.text("line")
        for path in files.keys where !Self.isPath(path) { throw server.mistake("files", "\(quoted(path)) is no path") }
        return ServiceKind(
            name: name,
            title: try service.line("title", limit: 60),
            image: try service.needed("image") { try Self.image($0) },
            version: try service.needed("version") { try Self.version($0) },
            ports: try ports(service),
            scheme: try scheme(service),
            variable: try variable(service),
            url: try filling(
                try service.line("url", limit: 500),
                Self.everywhere.union([.user, .userPassword]),
                service,
                "url"
            ),
            upgrade: try upgrade(service, actions),
            restoresAtOnce: try restoresAtOnce(file.partOrNone("restore")),
            keepsName: try service.text("database") == "name",
            reserved: try service.list("reserved") ?? [],
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
            items: try file.partOrNone("count").text("what") ?? "items",
            actions: actions
        )
    }

    // MARK: [service]

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    static func image(_ text: String) throws -> String {
        guard (try? ImageName(text)) != nil, !text.contains("@"),
            text.split(separator: "/").last?.contains(":") == false
        else { throw Failure.malformed("\(quoted(text)) is not the name of an image without its version") }
        return text
    }

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    static func version(_ text: String) throws -> String {
        guard (try? ImageName("a:\(text)")) != nil, !text.contains(where: { ":/@".contains($0) }) else {
            throw Failure.malformed("\(quoted(text)) is not a version")
        }
        return text
    }

    private func ports(_ service: TomlPart) throws(TomlError) -> [UInt16] {
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

    private func scheme(_ service: TomlPart) throws(TomlError) -> String {
        let text = try service.line("scheme", limit: 32)
        guard text.utf8.allSatisfy({ $0.isLowercaseLetterOrDigit || $0 == UInt8(ascii: "+") }) else {
            throw service.mistake("scheme", "\(quoted(text)) is no scheme of a URL")
        }
        return text
    }

    private func variable(_ service: TomlPart) throws(TomlError) -> ConfigKey {
        let text = try service.line("variable", limit: 100)
        guard let key = try? ConfigKey(text), text.hasSuffix("_URL") else {
            throw service.mistake("variable", "\(quoted(text)) is no variable; its name ends in _URL")
        }
        return key
    }

    private func upgrade(_ service: TomlPart, _ actions: [ServiceVerb: ServiceAction]) throws(TomlError)
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

    private func restoresAtOnce(_ restore: TomlPart) throws(TomlError) -> Bool {
        let way = try restore.text("way") ?? "step-by-step"
        guard ["at-once", "step-by-step"].contains(way) else {
            throw restore.mistake("way", "it is \"at-once\" or \"step-by-step\"")
        }
        return way == "at-once"
    }

    // MARK: [server] and what runs in it

    private func folders(_ server: TomlPart) throws(TomlError) -> [String] {
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

    private func action(_ verb: ServiceVerb, of file: TomlPart) throws(TomlError) -> ServiceAction? {
        guard let part = try file.part(verb.rawValue) else { return nil }
        var known = ["run", "environment", "input"]
        if verb == .ready { known.append("seconds") }
        if verb == .createUser { known.append("line") }
        if verb == .count { known.append("what") }
        if verb == .restore { known.append("way") }
        try part.only(known)
        let plain = Self.everywhere.union(verb.places)
        guard let words = try part.list("run"), !words.isEmpty else {
            if verb == .ready, part.table["run"] == nil { return nil }
            throw TomlError(line: part.table.line, "[\(verb.rawValue)] wants run = [\"program\", ...]")
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

    private func texts(_ key: String, of part: TomlPart, allowing places: Set<ServicePlaceholder>) throws(TomlError)
        -> [String: ServiceText]
    {
        guard let inner = try part.part(key) else { return [:] }
        var result: [String: ServiceText] = [:]
        for name in inner.table.keys {
            guard key == "files" || (try? ConfigKey(name)) != nil else {
                throw inner.mistake(name, "\(quoted(name)) is no variable")
            }
            if let text = try inner.text(name) { result[name] = try filling(text, places, inner, name) }
        }
        return result
    }

    private func filling(_ text: String, _ places: Set<ServicePlaceholder>, _ part: TomlPart, _ key: String)
        throws(TomlError) -> ServiceText
    {
        do { return try ServiceText(text, allowing: places) } catch { throw part.mistake(key, error.what) }
    }
}
