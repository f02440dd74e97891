import Core
import Plugins

/// Reads the file of a template: every key is known and of its type, or nothing is used.
struct TemplateReader {
    private static let longestNotes = 20

    private let name: TemplateName
    private let plugin: String
    private let file: TomlPart
    private let aliases: [String]

    private init(_ file: TomlTable, _ name: TemplateName, _ plugin: String) throws(TomlError) {
        (self.name, self.plugin) = (name, plugin)
        self.file = TomlPart(file, "the file")
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
                    image: try one.made(of: "image") { try ServiceKindReader.image($0) },
                    version: try one.made(of: "version") { try ServiceKindReader.version($0) },
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

    private func ports(_ heading: TomlPart) throws(TomlError) -> [PortMapping] {
        let words = try heading.list("ports") ?? []
        return try heading.checked("ports") { try Ports.checked(try words.map { try PortMapping($0) }) }
    }

    private func scale() throws(TomlError) -> [ProcessType: Int] {
        guard let part = try file.part("scale") else { return [:] }
        var result: [ProcessType: Int] = [:]
        for key in part.table.keys {
            result[try part.checked(key) { try ProcessType(key) }] = try part.number(key, 0...100)
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

    private func notes(_ heading: TomlPart) throws(TomlError) -> [TemplateText] {
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
