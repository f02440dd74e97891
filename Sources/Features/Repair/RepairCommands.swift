import ArgumentParser
import Core
import Plugins

enum RepairCommands {
    static let all: [any HostCommand.Type] = [RepairCommand.self]
}

struct RepairCommand: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "repair",
        "Make engine, nginx, repositories and keys what the database says",
        examples: ["repair --dry-run", "repair --format json"],
        details: "Nothing is built and no release command is run; what was stopped on purpose stays stopped.\n"
            + "Exit status 1 when something is not right and could not be repaired."
    )
    static let permission = Permission.administer
    static let answers: JSONShape? = ShownRepair.shape
    @OptionGroup var format: FormatOptions
    @Flag(help: "Only say what differs and what would be done") var dryRun = false

    func run(on host: Host) async throws { try await Self.repair(host, format, isDry: dryRun, only: nil) }

    /// Repairs, says each difference as soon as it is known what became of it, and ends with the count.
    static func repair(_ host: Host, _ format: FormatOptions, isDry: Bool, only: App?, width: Int = Repair.width)
        async throws
    {
        let (output, isShown) = (host.output, !format.wantsJSON)
        let report = try await Repair(on: host, width: width).run(isDry: isDry, only: only) { one in
            if isShown { output.answer(one.line) }
        }
        if isShown { output.answer(report.summary) } else { try output.answer(json: ShownRepair(report)) }
        let closed = report.count("done")
        if closed > 0 { await Hooks(on: host).tell(.repaired, ["\(closed)"]) }
        if !report.isGood { throw ExitCode(1) }
    }
}
