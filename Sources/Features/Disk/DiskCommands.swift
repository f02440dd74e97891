import ArgumentParser
import Core

enum DiskCommands: Noun {
    static var feature: Feature { .disk }
    static let all: [any HostCommand.Type] = [DiskShow.self, DiskClean.self, SetProperty<DiskCommands>.self]
}

struct DiskShow: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "disk:report",
        "Who uses what, and how much is left",
        examples: ["disk:report", "disk:report shop --format json"],
        details: """
            Layers that several images have are counted once: they stand under Shared and in none of the totals.
            Disks that fill up are cleaned from 80 % on; from 95 % on nothing is built (disk:set --global).
            """
    )
    static let permission = Permission.view
    /// Of one app its part of `apps` alone.
    static let answers: JSONShape? = .object([
        "apps": .list(.any), "host": .map(.number), "engine": .map(.number),
        "places": .list(
            .object(["path": .text, "freeBytes": .number, "totalBytes": .number, "usedPercent": .number])
        ),
        "unreadable": .list(.text), "freeableBytes": .number,
        "freeable": .list(.object(["kind": .text, "name": .text, "bytes": .number])),
    ])
    @OptionGroup var format: FormatOptions
    @Argument(help: "App to look at; all and the host without it") var app: AppName?

    func run(on host: Host) async throws {
        if let app { _ = try await Apps(on: host).find(app) }
        let report = try await Disk(on: host).report()
        if let app {
            let part = report.apps.first { $0.app == app.text && !$0.archived } ?? .init(app: app.text)
            if format.wantsJSON { return try host.output.answer(json: part) }
            host.output.title("Disk of \(app)")
            host.output.answer(lines: report.lines(app.text))
            let volumes = part.volumes.sorted { $0.key < $1.key }
            return host.output.answer(lines: table(volumes.map { ["      ", $0.key, byteWords($0.value)] }))
        }
        if format.wantsJSON { return try host.output.answer(json: report) }
        host.output.title("Disk of the apps")
        host.output.answer(lines: report.lines())
        host.output.title("Disk of the host")
        host.output.answer(lines: report.commonLines)
        if !report.unreadable.isEmpty {
            host.output.title("Not in these numbers: only their own users may read them")
            host.output.answer(lines: report.unreadableLines)
        }
        host.output.title("What is left")
        host.output.answer(lines: report.placeLines)
        host.output.answer("       disk:clean frees up to \(byteWords(report.freeableBytes))")
    }
}

struct DiskClean: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "disk:clean",
        "Remove from the engine what nothing needs any more; only what is ours",
        examples: ["disk:clean --dry-run", "disk:clean --format json"]
    )
    static let permission = Permission.administer
    static let answers: JSONShape? = .object([
        "removed": .list(.object(["kind": .text, "name": .text, "target": .text, "reason": .text])),
        "kept": .optional(.list(.object(["kind": .text, "id": .text, "reason": .text]))), "left": .list(.text),
        "freedBytes": .number, "freedCacheBytes": .number,
    ])
    @OptionGroup var format: FormatOptions
    @Flag(help: "Only say what would go, and why") var dryRun = false

    private struct Shown: Encodable {
        struct Object: Encodable {
            var kind: CleaningPlan.Kind
            var name: String
            var target: String
            var reason: String
        }

        struct Kept: Encodable {
            var kind: CleaningPlan.Kind
            var id: String
            var reason: String
        }

        var removed: [Object]
        var kept: [Kept]?
        var left: [String]
        var freedBytes: Int64
        var freedCacheBytes: Int64
    }

    func run(on host: Host) async throws {
        if dryRun { return try await preview(host) }
        let freed = try await Cleaning(on: host).run()
        do { try Scratch.sweep(on: host) } catch { host.output.warn("folders of dead processes: \(Failure(error))") }
        if format.wantsJSON {
            let shown = Shown(
                removed: objects(freed.removed),
                left: freed.left,
                freedBytes: freed.bytes,
                freedCacheBytes: freed.cache
            )
            return try host.output.answer(json: shown)
        }
        for removal in freed.removed {
            host.output.detail("\(removal.kind.rawValue) \(removal.name): \(removal.reason)")
        }
        for words in freed.left { host.output.warn("still there: \(words)") }
        if freed.cache > 0 { host.output.detail("build cache: \(byteWords(freed.cache)) over its cap") }
        host.output.step(freed.sentence ?? "Nothing to remove: releases, instances or people need all there is")
    }

    private func preview(_ host: Host) async throws {
        let report = try await Disk(on: host).report()
        let plan = try await Cleaning(on: host).plan()
        if format.wantsJSON {
            let kept = plan.kept.map { Shown.Kept(kind: $0.kind, id: $0.id, reason: $0.reason) }
            let shown = Shown(
                removed: objects(plan.removals),
                kept: kept,
                left: [],
                freedBytes: report.freeableBytes - report.engine.cuttableBytes,
                freedCacheBytes: report.engine.cuttableBytes
            )
            return try host.output.answer(json: shown)
        }
        host.output.title("What would go: up to \(byteWords(report.freeableBytes))")
        let cut = report.engine.cuttableBytes
        let cache = cut > 0 ? [["      ", "cache", "build cache", "\(byteWords(cut)) over its cap"]] : []
        let rows = plan.removals.map { ["      ", $0.kind.rawValue, $0.name, $0.reason] }
        host.output.answer(lines: table(rows + cache))
        host.output.title("What stays")
        host.output.answer(
            lines: table(plan.kept.map { ["      ", $0.kind.rawValue, String($0.id.prefix(40)), $0.reason] })
        )
    }

    private func objects(_ removals: [CleaningPlan.Removal]) -> [Shown.Object] {
        removals.map { Shown.Object(kind: $0.kind, name: $0.name, target: $0.target, reason: $0.reason) }
    }
}
