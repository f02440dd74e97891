import ArgumentParser
import Core

enum CleanupCommands {
    static let all: [any HostCommand.Type] = [CleanupCommand.self]
}

struct CleanupCommand: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "cleanup",
        "Remove containers and images that nothing needs any more; only what is ours",
        examples: ["cleanup", "cleanup shop"],
        details: "disk:clean --dry-run tells before what would go, and why."
    )
    static let permission = Permission.change
    static let answers: JSONShape? = .object([
        "removed": .list(.object(["kind": .text, "name": .text, "reason": .text])), "left": .list(.text),
        "freedBytes": .number, "freedCacheBytes": .number,
    ])
    @OptionGroup var format: FormatOptions
    @Argument(help: "App whose images to look at; all and the host without it") var app: AppName?

    private struct Shown: Encodable {
        struct Object: Encodable {
            var kind: String
            var name: String
            var reason: String
        }

        var removed: [Object]
        var left: [String]
        var freedBytes: Int64
        var freedCacheBytes: Int64
    }

    func run(on host: Host) async throws {
        var found: App?
        if let app { found = try await Apps(on: host).find(app) }
        let freed = try await Cleanup(on: host).run(found)
        if format.wantsJSON {
            let removed = freed.removed.map {
                Shown.Object(kind: $0.kind.rawValue, name: $0.name, reason: $0.reason)
            }
            let shown = Shown(
                removed: removed,
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
        host.output.step(freed.sentence ?? "Nothing to remove")
    }
}
