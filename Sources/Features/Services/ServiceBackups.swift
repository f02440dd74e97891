import Core
import Engine
import Files
import Plugins
import Scheduling
import Store
import Synchronization
import SystemPackage

/// The steps of a backup.
enum ServiceBackupStep: String, StepName {
    case row, dump, proof, keep, tidy

    var orphan: OrphanRule {
        switch self {
        case .tidy: .finished(because: "the dump is proven and its row says so; older ones go with the next")
        default:
            .undone(because: "a dump that is not whole or not proven is marked failed; what was made beside it goes")
        }
    }
}

/// Dumps on the disk, each proven by restoring it into a server of its own.
struct ServiceBackups: Sendable {
    static let kind = OperationKind("service-backup", steps: ServiceBackupStep.self) { operation, held, host in
        let services = Services(on: host)
        guard let id = operation.app, let service = try await services.find(id) else { return .undone }
        let backups = ServiceBackups(on: host)
        // Its number is noted once the row is there; under the service's lock one that runs is nobody else's.
        let noted = operation.notes["backup"].flatMap(Int64.init)
        let all = try await backups.all(of: service)
        guard let backup = all.first(where: { noted == nil ? $0.state == .running : $0.id == noted }) else {
            return .undone
        }
        if backup.state == .good {
            try await backups.tell(of: backup, service, held)
            return .finished
        }
        let reason = operation.notes["failure"] ?? "its process ended in the middle of it"
        try await backups.fail(backup.id, of: service, held, because: reason)
        return .undone
    }

    /// The cause of one that nobody waits for.
    static let byTheClock = "by the clock"

    let host: Host
    private var services: Services { Services(on: host) }

    init(on host: Host) { self.host = host }

    func all(of service: Service) async throws -> [ServiceBackup] {
        let id = service.id
        return try await host.store.read { try ServicesTable.backups(of: id, $0) }
    }

    /// Dumps, proves and keeps.
    ///
    /// - Returns: The backup, which is good.
    /// - Throws: ``Failure`` when it is not; the record of it says why.
    func make(of service: Service, cause: String) async throws -> ServiceBackup {
        let hasBegun = Mutex(false)
        do { return try await dumpAndProve(service, cause) { hasBegun.withLock { $0 = true } } } catch {
            // Of what has a row its end is told, which may come by somebody else.
            if !hasBegun.withLock(\.self) {
                if cause == Self.byTheClock { try? await note(service, cause, Failure(error).what) }
                let words = [service.kind.text, service.name.text, Failure(error).what]
                await Hooks(on: host).tell(.backupFailed, words)
            }
            throw error
        }
    }

    /// What was due and could not even begin is as red as what failed: nobody sees it otherwise.
    private func note(_ service: Service, _ cause: String, _ failure: String) async throws {
        var missed = new(service, cause, .failed)
        (missed.failure, missed.endedAt) = (failure, missed.startedAt)
        let (row, event) = (missed, services.event(service, "backup", "failed: \(failure)"))
        try await host.store.write { database in
            guard try ServicesTable.find(service.id, database) != nil else { return }
            var row = row
            row.id = try ServicesTable.insert(row, database)
            try ServicesTable.update(row, database)
            try HostTable.record(event, database)
        }
    }

    private func new(_ service: Service, _ cause: String, _ state: ServiceBackup.State) -> ServiceBackup {
        let now = host.time.now()
        let stamp = String(decoding: now.text.utf8.filter { $0.isLetterOrDigit }, as: UTF8.self)
        let file = "\(stamp)-\(host.newID().suffix(6)).dump"
        return ServiceBackup(id: 0, service: service.id, startedAt: now, state: state, file: file, cause: cause)
    }

    /// Plugins learn once of what came out, whoever brings the backup to its end.
    private func tell(of backup: ServiceBackup, _ service: Service, _ held: Held) async throws {
        let id = held.operation
        let operation = try await host.store.read { try OperationsTable.find(id, $0) }
        guard operation?.notes["told"] == nil else { return }
        try await held.note(["told": "yes"])
        let name = [service.kind.text, service.name.text]
        guard backup.state == .good else {
            return await Hooks(on: host).tell(.backupFailed, name + [backup.failure ?? ""])
        }
        let path = try services.server(service).backups.appending(backup.file)
        await Hooks(on: host).tell(.backupDone, name + [path.string])
    }

    private func dumpAndProve(
        _ service: Service,
        _ cause: String,
        _ hasBegun: @escaping @Sendable () -> Void
    ) async throws -> ServiceBackup {
        let (host, this) = (host, self)
        let services = services
        return try await services.run(Self.kind, on: service, "backup") { held in
            let service = try await services.fresh(service)
            let server = try services.server(service)
            _ = try (server.kind.action(.dump), server.kind.action(.restore))
            let handle = try await services.running(service)
            var backup = try await this.begin(service, cause, held)
            hasBegun()
            let path = server.backups.appending(backup.file)
            let facts = try await held.step(ServiceBackupStep.dump) {
                try await ServiceSpool(path).fill(from: server.inside(handle))
            }
            (backup.bytes, backup.checksum) = (facts.bytes, facts.checksum)
            backup.items = try await held.step(ServiceBackupStep.proof) {
                try await this.prove(path, facts, server, held.operation)
            }
            (backup.state, backup.provenAt, backup.endedAt) = (.good, host.time.now(), host.time.now())
            let good = backup
            let event = services.event(service, "backup", this.words(good, server.kind))
            try await held.record(ServiceBackupStep.keep) { database in
                try ServicesTable.update(good, database)
                try HostTable.record(event, database)
            }
            try await held.step(ServiceBackupStep.tidy) { try await this.tidy(service, server) }
            try await this.tell(of: good, service, held)
            let others = (try? await server.inside(handle).others()) ?? []
            if !others.isEmpty {
                host.output.warn("no dump holds what was made by hand: \(others.joined(separator: ", "))")
            }
            return good
        }
    }

    /// A row before the first byte, so that no dump is without one.
    private func begin(_ service: Service, _ cause: String, _ held: Held) async throws -> ServiceBackup {
        let new = new(service, cause, .running)
        let made = try await held.record(ServiceBackupStep.row) { database in
            var copy = new
            copy.id = try ServicesTable.insert(new, database)
            return copy
        }
        try await held.note(["backup": "\(made.id)"])
        return made
    }

    func words(_ backup: ServiceBackup, _ kind: ServiceKind) -> String {
        let count = backup.items.map { "\($0) \(kind.items)" } ?? "restored"
        return "\(backup.file), \(byteWords(backup.bytes)), proven: \(count)"
    }

    /// Restores a dump into a throw-away server and counts what it holds.
    ///
    /// - Returns: Nil where the kind has no way to count.
    func prove(_ path: FilePath, _ facts: ServiceSpool.Facts, _ server: ServiceServer, _ operation: Int64) async throws
        -> Int64?
    {
        let spool = ServiceSpool(path)
        try await spool.check(facts)
        let generation = Self.proofFolder(operation)
        do {
            let handle = try await beside(server, data: generation, operation)
            try await spool.pour(into: server.inside(handle))
            let count = try await Self.count(server.inside(handle))
            try await clear(server, generation, operation)
            return count
        } catch {
            try? await clear(server, generation, operation)
            throw error
        }
    }

    /// A number that no data of a service has: generations count up from 1.
    private static func proofFolder(_ operation: Int64) -> Int { 1_000_000 + Int(operation) }

    /// Another server of the same kind, without a network, ready.
    func beside(_ server: ServiceServer, data generation: Int, _ operation: Int64) async throws -> String {
        try server.makeFolders(data: generation)
        try server.writeFiles(links: try await server.links())
        let image = try await Registries(on: host).fetch(server.service.reference, for: nil)
        let handle = try await host.scheduler.create(server.throwaway(image.id, data: generation, operation: operation))
        try await host.scheduler.start(handle)
        try await server.waitUntilReady(handle)
        return handle
    }

    private func clear(_ server: ServiceServer, _ generation: Int, _ operation: Int64) async throws {
        try await server.removeContainers(operation: operation, isKept: false)
        try await server.remove(server.dataFolder(generation))
    }

    static func count(_ inside: ServiceInside) async throws -> Int64? {
        guard inside.kind.actions[.count] != nil else { return nil }
        let text = try await inside.answer(.count, within: .seconds(600)).trimmed
        guard let number = Int64(text) else {
            throw Failure(
                .programFailed,
                "count of \(inside.service.title) failed",
                why: "\(quoted(String(text.prefix(60)))) is no number"
            )
        }
        return number
    }

    /// What becomes of one that came to no good end: it is red, and what was made beside it goes.
    func fail(_ number: Int64, of service: Service, _ held: Held, because reason: String) async throws {
        let server = try services.server(service)
        let event = services.event(service, "backup", "failed: \(reason)")
        let now = host.time.now()
        let failed = try await host.store.write { database -> ServiceBackup? in
            guard var backup = try ServicesTable.backups(of: service.id, database).first(where: { $0.id == number })
            else { return nil }
            guard backup.state == .running else { return backup }
            (backup.state, backup.failure, backup.endedAt) = (.failed, reason, now)
            try ServicesTable.update(backup, database)
            try HostTable.record(event, database)
            return backup
        }
        if let failed {
            try await ServiceSpool(server.backups.appending(failed.file)).remove()
            try await tell(of: failed, service, held)
        }
        try await clear(server, Self.proofFolder(held.operation), held.operation)
    }

    /// Keeps so many good ones as the row says, and no failed one that is older than those.
    func tidy(_ service: Service, _ server: ServiceServer) async throws {
        let all = try await all(of: service)
        let good = all.filter { $0.state == .good }
        let oldest = good.prefix(service.keep).last?.id ?? 0
        for backup in all where backup.id < oldest && backup.state != .running {
            try await ServiceSpool(server.backups.appending(backup.file)).remove()
            try await host.store.write { try ServicesTable.deleteBackup(backup.id, $0) }
        }
    }
}
