import Core
import Plugins

/// Reads the file of a template: every key is known and of its type, or nothing is used.
struct TemplateReader {
    private static let longestNotes = 20

    private let name: TemplateName
    private let plugin: String
    private let file: TemplatePart
    private let aliases: [String]

    private init(_ file: TomlTable, _ name: TemplateName, _ plugin: String) throws(TomlError) {
        (self.name, self.plugin) = (name, plugin)
        self.file = TemplatePart(file, "the file")
        aliases = try self.file.part("services")?.table.entries.keys.sorted() ?? []
    }

    /// - Throws: ``TomlError``.
    static func read(_ bytes: [UInt8], name: TemplateName, plugin: String) throws(TomlError) -> AppTemplate {
        try Self(try TomlTable(reading: bytes), name, plugin).template()
    }

    private func template() throws(TomlError) -> AppTemplate {
        try file.only(["template", "services", "storage", "config", "scale", "properties"])
        guard let heading = try file.part("template") else { throw TomlError(line: 1, "[template] is missing") }
        try heading.only(["description", "image", "ports", "notes"])
        return AppTemplate(
            name: name,
            plugin: plugin,
            summary: try heading.line("description", limit: 200),
            image: try heading.needed("image") { try ImageName($0) },
            services: try services(),
            mounts: try mounts(),
            config: try config(),
            ports: try ports(heading),
            scale: try scale(),
            properties: try properties(),
            notes: try notes(heading)
        )
    }

    private func services() throws(TomlError) -> [TemplateService] {
        guard let all = try file.part("services") else { return [] }
        var result: [TemplateService] = []
        for alias in aliases {
            guard TemplateService.isAlias(alias) else {
                throw all.mistake(alias, "a service is called by at most 20 of a-z and 0-9, the first a letter")
            }
            guard let one = try all.part(alias) else { continue }
            try one.only(["kind", "image", "version", "memory"])
            result.append(
                TemplateService(
                    alias: alias,
                    kind: try one.needed("kind") { try ServiceKindName($0) },
                    image: try one.made(of: "image") { image in
                        guard image.split(separator: "/").last?.contains(where: { ":@".contains($0) }) == false else {
                            throw Failure.malformed("\(quoted(image)) is not an image without its version")
                        }
                        return try ImageName(image).text
                    },
                    version: try one.made(of: "version") { version in
                        guard (try? ImageName("a:\(version)")) != nil, !version.contains(where: { ":/@".contains($0) })
                        else { throw Failure.malformed("\(quoted(version)) is not a version") }
                        return version
                    },
                    memory: try one.made(of: "memory") { try ResourceAmount.memory($0) }
                )
            )
        }
        return result
    }

    /// Folders of the container, each with the short name of a volume of the app.
    private func mounts() throws(TomlError) -> [StorageMount] {
        guard let part = try file.part("storage") else { return [] }
        var result: [StorageMount] = []
        for folder in part.table.keys {
            let mount = try part.made(of: folder) { volume in
                guard !volume.contains(where: { ":/".contains($0) }) else {
                    throw Failure.malformed("\(quoted(volume)) is not the name of a volume")
                }
                return try StorageMount("\(volume):\(folder)")
            }
            guard let mount else { continue }
            guard !result.contains(where: { $0.target == mount.target }) else {
                throw part.mistake(folder, "\(mount.target) stands there twice")
            }
            result.append(mount)
        }
        return result
    }

    private func config() throws(TomlError) -> [ConfigKey: TemplateText] {
        guard let part = try file.part("config") else { return [:] }
        var result: [ConfigKey: TemplateText] = [:]
        for key in part.table.keys {
            let name = try part.checked(key) { try ConfigKey(key) }
            result[name] = try part.made(of: key) { try TemplateText($0, in: .config, aliases: aliases) }
        }
        return result
    }

    private func ports(_ heading: TemplatePart) throws(TomlError) -> [PortMapping] {
        let words = try heading.list("ports") ?? []
        return try heading.checked("ports") { try Ports.checked(try words.map { try PortMapping($0) }) }
    }

    private func scale() throws(TomlError) -> [ProcessType: Int] {
        guard let part = try file.part("scale") else { return [:] }
        var result: [ProcessType: Int] = [:]
        for key in part.table.keys {
            guard case .integer(let number) = part.table[key], (0...100).contains(number) else {
                throw part.mistake(key, "it is to be a number from 0 to 100")
            }
            result[try part.checked(key) { try ProcessType(key) }] = number
        }
        return result
    }

    /// Properties as `NOUN:set` takes them, by their noun.
    private func properties() throws(TomlError) -> [TemplateProperty] {
        guard let all = try file.part("properties") else { return [] }
        let settable = Features.all.filter { feature in feature.properties.contains(where: Self.isSettable) }
        try all.only(settable.map(\.noun))
        var result: [TemplateProperty] = []
        for feature in settable {
            guard let part = try all.part(feature.noun) else { continue }
            let names = feature.properties.filter(Self.isSettable).map(\.name)
            for name in part.table.keys {
                guard let property = feature.properties.named(name), Self.isSettable(property) else {
                    throw part.unknown(name, names)
                }
                let value = try part.made(of: name) { value in
                    try property.check(value)
                    return value
                }
                if let value { result.append(TemplateProperty(noun: feature.noun, name: name, value: value)) }
            }
        }
        return result
    }

    private static func isSettable(_ property: Property) -> Bool { property.scope != .global && !property.isReadOnly }

    private func notes(_ heading: TemplatePart) throws(TomlError) -> [TemplateText] {
        let lines = try heading.list("notes") ?? []
        return try heading.checked("notes") {
            guard lines.count <= Self.longestNotes else {
                throw Failure.malformed("there are more than \(Self.longestNotes) lines")
            }
            return try lines.map { line in
                guard line.utf8.count <= 200, line == cleaned(line, keepTabs: false) else {
                    throw Failure.malformed("\(quoted(line)) is no line of at most 200 bytes")
                }
                return try TemplateText(line, in: .notes, aliases: aliases)
            }
        }
    }
}

/// A table of a template's file, and what it is called where something in it is wrong.
private struct TemplatePart {
    let table: TomlTable
    let place: String

    init(_ table: TomlTable, _ place: String) { (self.table, self.place) = (table, place) }

    func mistake(_ key: String, _ reason: String) -> TomlError {
        TomlError(line: table.entries[key]?.line ?? table.line, "\(key): \(reason)")
    }

    func missing(_ key: String) -> TomlError { TomlError(line: table.line, "\(key) is missing in \(place)") }

    func unknown(_ key: String, _ known: [String]) -> TomlError {
        let hint = Help.near(key, known).first.map { "did you mean \($0)?" }
        return TomlError(
            line: table.entries[key]?.line ?? table.line,
            "\(quoted(key)) is not known in \(place); "
                + (hint ?? "there are \(known.sorted().joined(separator: ", "))")
        )
    }

    func only(_ known: [String]) throws(TomlError) {
        guard let key = table.keys.first(where: { !known.contains($0) }) else { return }
        throw unknown(key, known)
    }

    /// The table below a key.
    func part(_ key: String) throws(TomlError) -> TemplatePart? {
        guard let entry = table.entries[key] else { return nil }
        guard case .table(let found) = entry.value else {
            throw mistake(key, "it is \(entry.value.kind), and is to be a table")
        }
        return TemplatePart(found, place.hasPrefix("[") ? "\(place.dropLast()).\(key)]" : "[\(key)]")
    }

    func text(_ key: String) throws(TomlError) -> String? {
        guard let value = table[key] else { return nil }
        guard case .text(let text) = value else { throw mistake(key, "it is \(value.kind), and is to be text") }
        guard !text.utf8.contains(0) else { throw mistake(key, "it holds a NUL byte") }
        return text
    }

    /// Text of one line that must be there.
    func line(_ key: String, limit: Int) throws(TomlError) -> String {
        guard let text = try text(key), !text.isEmpty else { throw missing(key) }
        guard text.utf8.count <= limit, text == cleaned(text, keepTabs: false) else {
            throw mistake(key, "it is no line of at most \(limit) bytes")
        }
        return text
    }

    func list(_ key: String) throws(TomlError) -> [String]? {
        guard let value = table[key] else { return nil }
        guard case .list(let list) = value else { throw mistake(key, "it is \(value.kind), and is to be a list") }
        return list
    }

    /// What is wrong with something is wrong at its key.
    func checked<Value>(_ key: String, _ make: () throws -> Value) throws(TomlError) -> Value {
        do { return try make() } catch { throw mistake(key, Failure(error).what) }
    }

    /// The value that stands as text behind a key.
    func made<Value>(of key: String, _ make: (String) throws -> Value) throws(TomlError) -> Value? {
        guard let text = try text(key) else { return nil }
        return try checked(key) { try make(text) }
    }

    /// The same for one that must be there.
    func needed<Value>(_ key: String, _ make: (String) throws -> Value) throws(TomlError) -> Value {
        guard let value = try made(of: key, make) else { throw missing(key) }
        return value
    }
}
