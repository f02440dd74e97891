import Core
import Files
import Plugins
import Programs
import Store
import SystemPackage

/// What hooks are told by the clock: tasks of plugins, certificates that end, a machine that has started.
struct HookTick: Sendable {
    /// A certificate with fewer days left is told of, once a day.
    static let notice: Int64 = 14

    let host: Host

    init(on host: Host) { self.host = host }

    /// A line that a hook answered at `cron-entries`: `SCHEDULE;COMMAND;LOG`.
    struct Entry: Sendable, Equatable {
        var schedule: CronSchedule
        var command: String
        var log: FilePath?

        /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
        init(_ line: String) throws {
            let parts = line.split(separator: ";", maxSplits: 2, omittingEmptySubsequences: false).map {
                String($0).trimmed
            }
            guard parts.count >= 2, !parts[1].isEmpty, parts[1].utf8.count <= 4096 else {
                throw Failure.malformed("\(quoted(line)) is not SCHEDULE;COMMAND;LOG")
            }
            schedule = try CronSchedule(parts[0])
            command = parts[1]
            log = parts.count == 3 && parts[2].hasPrefix("/") ? FilePath(parts[2]) : nil
        }

        /// What a shell runs: a command of this program by its name, anything else as it stands.
        var line: String {
            let first = command.prefix { $0 != " " }
            return first.contains(":") && !first.contains("/") ? "\"$SLIPWAY_BIN\" \(command)" : command
        }
    }

    /// Tasks of plugins as they say them now; a line that is none is said and left out.
    func entries() async throws -> [Entry] {
        try await Hooks(on: host).lines(.cronEntries, ["docker-local"]).compactMap { line in
            do { return try Entry(line) } catch {
                host.output.warn("cron-entries: \(Failure(error).what)")
                return nil
            }
        }
    }

    /// Starts what has become due since anybody last looked; each minute fires once, whoever calls.
    func fireTasks(in zone: HourZone = .host) async throws {
        guard try await Hooks(on: host).has(.cronEntries) else { return }
        let minute = host.time.now().milliseconds / 60_000
        let last = try await host.store.write { database in
            let last = try HostTable.moment("plugin-cron", database).map { $0.milliseconds / 60_000 }
            try HostTable.setMoment("plugin-cron", to: Timestamp(milliseconds: minute * 60_000), database)
            return last ?? minute - 1
        }
        // What nobody was there for is not made up for; a timer may be two minutes late.
        let from = max(min(last, minute - 1), minute - CronFiring.grace)
        guard last < minute else { return }
        for entry in try await entries() {
            let isDue = !entry.schedule.due(after: from, through: minute, in: zone, limit: 1).isEmpty
            guard isDue else { continue }
            host.output.step("Starts \(quoted(entry.command)) for a plugin")
            let log = entry.log ?? host.paths.logs.appending("plugin-cron.log")
            let program = Program(
                "/bin/sh",
                ["-c", entry.line],
                environment: .exactly(Hooks(on: host).surroundings)
            )
            _ = try host.programs.detach(program, log)
        }
    }

    /// The first tick since the machine started.
    func tellStart() async throws {
        guard let bytes = try readFile("/proc/sys/kernel/random/boot_id", limit: 64) else { return }
        let boot = String(decoding: bytes, as: UTF8.self).trimmed
        let known = try await host.store.write { database in
            let known = try HostTable.text("boot", database)
            if known != boot { try HostTable.setText("boot", to: boot, database) }
            return known
        }
        if known != boot { await Hooks(on: host).tell(.hostStarted, [boot]) }
    }

    /// Once a day.
    func tellCertificates() async throws {
        guard try await Hooks(on: host).has(.certificateExpires) else { return }
        let now = host.time.now()
        for app in try await Apps(on: host).list() {
            do {
                guard let pair = try await Certs(on: host).find(app) else { continue }
                let days = (try CertificateFacts(pair).expiresAt.milliseconds - now.milliseconds) / 86_400_000
                if days < Self.notice {
                    await Hooks(on: host).tell(.certificateExpires, [app.name.text, "\(max(0, days))"], app: app.name)
                }
            } catch {
                // One that cannot be read is no reason to keep quiet about the others.
                host.output.warn("the certificate of \(app.name): \(Failure(error).what)")
            }
        }
    }
}
