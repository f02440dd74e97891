import Core
import Files
import Scheduling
import Store
import SystemPackage

extension Feature {
    /// What apps say.
    static let logs = Feature(
        "logs",
        "What an app says",
        commands: LogsCommands.all,
        properties: Logs.properties,
        collect: { settings, app, host in
            let values = try await Properties("logs", on: host).all(Logs.shaping, of: app)
            for property in Logs.shaping { settings.options["logs.\(property.name)"] = values[property.name] }
        },
        restore: { settings, app, database in
            try PropertiesTable.restore(Logs.shaping, of: "logs", app.id, to: settings.options, database)
        },
        report: { app, source in Logs.report(app, source.sheet) }
    )
}

/// What can be asked of logs.
struct Logs: Sendable {
    static let maxSize = Property(
        "max-size",
        default: "10m",
        "Size at which the engine turns a log file over: unlimited, or a number with k, m or g"
    ) { text in
        let digits = text.dropLast()
        let isSize =
            "kmg".contains(text.last ?? " ") && (1...6).contains(digits.utf8.count)
            && digits.utf8.allSatisfy(\.isDigit) && digits.contains { $0 != "0" }
        guard text == "unlimited" || isSize else {
            throw Failure.malformed(
                "\(quoted(text)) is not a size",
                fix: "write unlimited, or a number like 512k, 10m, 1g"
            )
        }
    }
    static let sink = Property(
        "vector-sink",
        default: "",
        secret: true,
        "Where the shipper sends what instances say: type://?option=value"
    ) { _ = try LogSink($0) }
    static let cronSink = Property(
        "vector-cron-sink",
        default: "",
        secret: true,
        "Where the shipper sends what tasks say"
    ) { _ = try LogSink($0) }
    static let alias = Property(
        "app-label-alias",
        default: "com.dokku.app-name",
        "Label of containers that holds the app's name"
    ) { text in
        guard (1...128).contains(text.utf8.count), !text.hasPrefix("slipway."),
            text.utf8.allSatisfy({ $0.isLetterOrDigit || "._-/".utf8.contains($0) })
        else {
            throw Failure.malformed("\(quoted(text)) is not the name of a label", fix: "write it as com.example.app")
        }
    }
    static let image = Property(
        "vector-image",
        default: "timberio/vector:0.57.0-debian",
        scope: .global,
        "Image of the shipper"
    ) { _ = try ImageName($0) }
    static let networks = Property(
        "vector-networks",
        default: "",
        scope: .global,
        "Networks of the shipper, joined by commas; that of the apps when empty"
    ) { text in
        let names = text.split(separator: ",", omittingEmptySubsequences: false)
        let isFine = names.allSatisfy { name in
            name.utf8.first?.isLetterOrDigit == true && name.utf8.count <= 128
                && name.utf8.allSatisfy { $0.isLetterOrDigit || "._-".utf8.contains($0) }
        }
        guard isFine, !["host", "none"].contains(where: { names.contains($0[...]) }) else {
            throw Failure.malformed("\(quoted(text)) is not a list of networks", fix: "join their names by commas")
        }
    }
    static let properties = [maxSize, sink, cronSink, alias, image, networks]
    /// What containers are made with; the rest may change while they run.
    static let shaping = [maxSize, alias]

    let host: Host

    init(on host: Host) { self.host = host }

    /// Sinks without their secrets; the other lines are made from the properties.
    fileprivate static func report(_ app: App?, _ sheet: PropertySheet) -> [ReportLine] {
        func shown(_ text: String?) -> String {
            guard let text, !text.isEmpty else { return "" }
            return (try? LogSink(text).shown) ?? "******"
        }
        var lines: [ReportLine] = []
        for property in [sink, cronSink] {
            if let app { lines.append(ReportLine(property.name, shown(sheet.value("logs", property.name, app.id)))) }
            lines.append(ReportLine("computed-\(property.name)", shown(sheet.effective("logs", property, of: app))))
            lines.append(ReportLine("global-\(property.name)", shown(sheet.value("logs", property.name, nil))))
        }
        for property in [image, networks] {
            lines.append(ReportLine("computed-\(property.name)", sheet.effective("logs", property, of: nil)))
        }
        return lines
    }

    /// What a workload is made with for its lines.
    static func shape(_ workload: inout Workload, _ settings: Settings, _ app: App) {
        let size = settings.options["logs.max-size"] ?? maxSize.fallback
        workload.logSize = size == "unlimited" ? nil : size
        workload.labels[settings.options["logs.app-label-alias"] ?? alias.fallback] = app.name.text
    }

    /// Hands out the lines of an app's instances, oldest first; with `follow` until cancelled.
    func read(_ app: App, _ wish: LogWish, only: String?, _ handle: @escaping @Sendable (String, LogLine) -> Void)
        async throws
    {
        guard app.current != nil else { throw Failure.notDeployed(app) }
        let instances = try await Ps(on: host).instances(of: app).filter { instance in
            instance.state == .live && (only.map { $0 == instance.type.text || $0 == instance.name } ?? true)
        }
        guard !instances.isEmpty else {
            throw Failure(
                .notFound,
                "\(app.name) has no process \(quoted(only ?? ""))",
                fix: "slipway ps:report \(app.name)"
            )
        }
        guard wish.follow else { return try await inOrder(instances, wish, handle) }
        try await follow(instances, wish, handle)
    }

    /// Lines of several instances by their times.
    private func inOrder(_ instances: [Instance], _ wish: LogWish, _ handle: (String, LogLine) -> Void) async throws {
        var all: [(String, LogLine)] = []
        for instance in instances {
            guard let container = instance.handle else { continue }
            for try await line in host.scheduler.logs(of: container, wish) { all.append((instance.name, line)) }
        }
        all += notes(about: instances)
        let sorted = all.sorted { $0.1.time < $1.1.time }
        for (name, line) in wish.tail.map({ sorted.suffix($0) }) ?? sorted[...] { handle(name, line) }
    }

    /// What is kept of a release that is not live: its build, and what its instances said before they were removed.
    func ofFailed(_ app: App, _ number: Int) async throws -> [String] {
        let release = try await Releases(on: host).find(number, of: app)
        let folder = host.paths.logs(of: app.id)
        let files = [release.build.map { "build-\($0).log" }, "v\(number).log"].compactMap(\.self)
        let texts = try files.compactMap { try readFile(folder.appending($0), limit: 64 << 20) }
        guard !texts.isEmpty else {
            throw Failure(
                .notFound,
                "nothing is kept of what v\(number) of \(app.name) said",
                fix: "slipway logs \(app.name)"
            )
        }
        return texts.flatMap {
            String(decoding: $0, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map(
                String.init
            )
            .dropLast()
        }
    }
}
