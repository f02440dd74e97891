import Core
import Store

/// Reports in Dokku's shape.
enum Reports {
    /// One report of one app, or of all apps together.
    struct Block: Sendable {
        var heading: String
        var prefix: String
        var lines: [ReportLine]
        /// Dokku's older nouns give every key of their JSON a second time, with the prefix.
        var repeatsKeys: Bool
        /// Whether a label begins with a capital letter.
        var isCapitalised = true
    }

    private static let repeating: Set = [
        "app-json", "apps", "builder", "buildpacks", "builds", "cron", "logs", "network", "ports", "proxy", "ps",
        "registry", "resource", "scheduler", "storage",
    ]

    /// The reports of a noun; the values of properties are read once, whatever the number of apps.
    static func blocks(_ noun: any Noun.Type, _ apps: [App?], _ host: Host) async throws -> [Block] {
        try await reading(apps, host) {
            let facts = try await Self.facts(noun.feature, apps, host)
            return zip(apps, facts).map { app, own in
                Block(
                    heading: "\(app?.name.text ?? "Global") \(noun.title) information",
                    prefix: noun.prefix,
                    lines: lines(noun.feature, own, app, computesGlobally: noun.computesGlobally),
                    repeatsKeys: repeating.contains(noun.feature.noun),
                    isCapitalised: noun.feature.noun != Feature.resource.noun
                )
            }
        }
    }

    /// Runs `work` with every value of a property that it may need in memory.
    static func reading<Value: Sendable>(
        _ apps: [App?],
        _ host: Host,
        _ work: () async throws -> Value
    ) async throws -> Value {
        if let sheet = PropertySheet.current, apps.allSatisfy({ sheet.covers($0?.id) }) { return try await work() }
        let ids = apps.compactMap { $0?.id }
        let sheet = try await host.store.read { try PropertiesTable.sheet(of: ids, $0) }
        return try await PropertySheet.$current.withValue(sheet) { try await work() }
    }

    /// Asks the database for what a report says of many apps, in one transaction.
    static func read<Value: Sendable>(
        _ host: Host,
        _ body: @escaping @Sendable (ReportSource) throws -> Value
    ) async throws -> Value {
        let sheet = PropertySheet.current ?? PropertySheet()
        return try await host.store.read { try body(ReportSource(host: host, database: $0, sheet: sheet)) }
    }

    /// A noun's own facts for each app, asked for together.
    private static func facts(_ feature: Feature, _ apps: [App?], _ host: Host) async throws -> [[ReportLine]] {
        let known = try await feature.reports?(apps.compactMap(\.self), host)
        guard let report = feature.report else { return apps.map { app in app.flatMap { known?[$0.id] } ?? [] } }
        return try await read(host) { source in
            try apps.map { app in
                if let known, let app { return known[app.id] ?? [] }
                return try report(app, source)
            }
        }
    }

    /// A noun's own facts, then its properties: as set, as they hold, as set for all.
    static func lines(_ feature: Feature, _ app: App?, _ host: Host) async throws -> [ReportLine] {
        try await reading([app], host) {
            let own = try await facts(feature, [app], host)
            return lines(feature, own[0], app, computesGlobally: true)
        }
    }

    private static func lines(
        _ feature: Feature,
        _ own: [ReportLine],
        _ app: App?,
        computesGlobally: Bool
    ) -> [ReportLine] {
        guard let sheet = PropertySheet.current else { return own }
        var lines = own
        let noun = feature.noun
        for property in feature.properties.flatMap({ members(of: $0, noun, app, sheet) }) {
            let shared = sheet.value(noun, property.name, nil)
            let raw = app.flatMap { sheet.value(noun, property.name, $0.id) }
            func add(_ kind: Property.Lines, _ value: String) {
                lines.append(ReportLine(property.reportName(kind), property.shown(value)))
            }
            for kind in kinds(property, isForApp: app != nil) {
                switch kind {
                case .raw: add(kind, raw ?? "")
                case .global: add(kind, shared ?? "")
                default: if app != nil || computesGlobally { add(kind, raw ?? shared ?? property.fallback) }
                }
            }
        }
        var seen: Set<String> = []
        return lines.filter { seen.insert($0.key).inserted }.sorted { $0.key < $1.key }
    }

    /// The property, or the members of a family that are set.
    private static func members(of property: Property, _ noun: String, _ app: App?, _ sheet: PropertySheet)
        -> [Property]
    {
        guard property.familyPrefix != nil else { return [property] }
        let names = Set(sheet.all(noun, app?.id).keys).union(sheet.all(noun, nil).keys)
        return names.sorted().compactMap { property.meant(by: $0) }
    }

    /// The keys under which a property stands in a report, of an app or of all.
    static func keys(_ property: Property, isForApp: Bool) -> [String] {
        kinds(property, isForApp: isForApp).map(property.reportName)
    }

    private static func kinds(_ property: Property, isForApp: Bool) -> [Property.Lines] {
        var kinds: [Property.Lines] = []
        if isForApp, property.lines.contains(.raw) { kinds.append(.raw) }
        let holdsSomewhere = isForApp || property.scope != .app
        if property.lines.contains(.computed), holdsSomewhere { kinds.append(.computed) }
        if property.lines.contains(.global), property.scope != .app { kinds.append(.global) }
        return kinds
    }

    /// The heading is left out when quiet, unless nothing else tells one app from the next.
    static func show(_ block: Block, _ wish: ReportWish, isAlone: Bool, _ output: Output) throws {
        if let flag = wish.flag {
            guard let line = block.lines.first(where: { block.name(of: $0) == flag || $0.key == flag }) else {
                let valid = block.lines.map { "--\(block.name(of: $0))" }.joined(separator: ", ")
                throw Failure(.usage, "Invalid flag passed, valid flags: \(valid)")
            }
            return output.answer(line.value)
        }
        if wish.wantsJSON { return try output.answer(json: block.json) }
        output.answer(lines: (output.isQuiet && isAlone ? [] : ["=====> \(block.heading)"]) + block.text)
    }
}

extension Reports.Block {
    /// The flag that shows a line alone, without its dashes.
    func name(of line: ReportLine) -> String { line.isBare ? line.key : prefix + line.key }

    var text: [String] {
        let labels = lines.map { Self.label(name(of: $0), isCapitalised) }
        let width = max(31, (labels.map(\.count).max() ?? 0) + 1)
        let blanks = [UInt8](repeating: UInt8(ascii: " "), count: 7 + width)
        return zip(lines, labels).map { line, label in
            String(decoding: blanks[..<7] + label + blanks[..<(width - label.count)] + line.value.utf8, as: UTF8.self)
        }
    }

    var json: [String: String] {
        var result = Dictionary(lines.map { ($0.key, $0.value) }) { $1 }
        if repeatsKeys {
            for line in lines where !line.isBare { result[prefix + line.key] = line.value }
        }
        return result
    }

    /// `git-deploy-branch` as `Git deploy branch:`; names are ASCII.
    private static func label(_ key: String, _ isCapitalised: Bool) -> [UInt8] {
        var label = key.utf8.map { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") ? UInt8(ascii: " ") : $0 }
        if isCapitalised, let first = label.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) {
            label[0] = first - 32
        }
        return label + [UInt8(ascii: ":")]
    }
}
