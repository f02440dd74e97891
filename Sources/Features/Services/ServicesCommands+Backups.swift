import ArgumentParser
import Core
import SystemPackage

struct ServicesBackup: ServiceCommand {
    static let configuration = CommandConfiguration.verb(
        "services:backup",
        "Dump a service into a file here, and prove it by restoring it elsewhere",
        examples: ["services:backup postgres db", "services:backup redis cache"],
        details: "Ends with 1 when the dump is not whole or cannot be restored; backups shows why."
    )
    static let permission = Permission.change
    @Flag(help: .hidden) var scheduled = false
    @OptionGroup var service: ServiceArgument

    func run(on host: Host) async throws {
        let found = try await service.find(host)
        let backups = ServiceBackups(on: host)
        let made = try await backups.make(of: found, cause: scheduled ? ServiceBackups.byTheClock : "by hand")
        let kind = try Services(on: host).kinds.find(found.kind)
        host.output.step("Backup of \(found.title): \(backups.words(made, kind))")
    }
}

struct ServicesBackups: ServiceCommand {
    static let configuration = CommandConfiguration.verb(
        "services:backups",
        "The backups of a service; exit 1 when the last one is not good",
        examples: ["services:backups postgres db", "services:backups postgres db --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .list(Shown.shape)
    @OptionGroup var format: FormatOptions
    @OptionGroup var service: ServiceArgument

    struct Shown: Encodable {
        var id: Int64
        var state, startedAt, cause, file: String
        var endedAt, provenAt, failure: String?
        var bytes: Int64
        var sha256: String
        var items: Int64?

        static let shape = JSONShape.object([
            "id": .number, "state": .text, "startedAt": .text, "cause": .text, "file": .text,
            "endedAt": .optional(.text), "provenAt": .optional(.text), "failure": .optional(.text), "bytes": .number,
            "sha256": .text, "items": .optional(.number),
        ])

        init(_ backup: ServiceBackup, _ folder: String) {
            (id, state, startedAt) = (backup.id, backup.state.rawValue, backup.startedAt.text)
            (cause, file) = (backup.cause, "\(folder)/\(backup.file)")
            (endedAt, provenAt, failure) = (backup.endedAt?.text, backup.provenAt?.text, backup.failure)
            (bytes, sha256, items) = (backup.bytes, backup.checksum, backup.items)
        }
    }

    func run(on host: Host) async throws {
        let services = Services(on: host)
        let found = try await service.find(host)
        let server = try services.server(found)
        let all = try await ServiceBackups(on: host).all(of: found)
        if format.wantsJSON {
            try host.output.answer(json: all.map { Shown($0, server.backups.string) })
        } else {
            host.output.title("\(found.title) backups, in \(server.backups)")
            host.output.answer(
                lines: table(
                    all.map { backup in
                        let count = backup.items.map { "\($0) \(server.kind.items)" } ?? "-"
                        return ["\(backup.id)", backup.words, count, backup.cause, backup.file]
                    }
                )
            )
        }
        if all.first?.state == .failed { throw ExitCode(1) }
    }
}

struct ServicesBackupSchedule: ServiceCommand {
    static let configuration = CommandConfiguration.verb(
        "services:backup-schedule",
        "Back a service up by the clock",
        examples: [
            "services:backup-schedule postgres db \"0 3 * * *\"", "services:backup-schedule redis cache @daily",
        ],
        details: "Each is proven by a restore; backup-keep of services:set says how many good ones are kept."
    )
    static let permission = Permission.administer
    @OptionGroup var service: ServiceArgument
    @Argument(help: "MINUTE HOUR DAY MONTH WEEKDAY, or @daily") var schedule: String

    func run(on host: Host) async throws {
        let services = Services(on: host)
        let found = try await service.find(host)
        let schedule = try CronSchedule(schedule)
        let kind = try services.kinds.find(found.kind)
        _ = try (kind.action(.dump), kind.action(.restore))
        let isNew = try await services.write(found, "backup-schedule", schedule.text) { $0.schedule = schedule.text }
        host.output.step(
            isNew ? "\(found.title) is backed up at \(schedule)" : "\(found.title) is backed up so already: unchanged"
        )
    }
}

struct ServicesBackupUnschedule: ServiceCommand {
    static let configuration = CommandConfiguration.verb(
        "services:backup-unschedule",
        "Back a service up by the clock no more",
        examples: ["services:backup-unschedule postgres db", "services:backup-unschedule redis cache"]
    )
    static let permission = Permission.administer
    @OptionGroup var service: ServiceArgument

    func run(on host: Host) async throws {
        let found = try await service.find(host)
        let isNew = try await Services(on: host).write(found, "backup-unschedule", "") { $0.schedule = nil }
        host.output.step(isNew ? "\(found.title) is backed up no more" : "\(found.title) has no schedule: unchanged")
    }
}
