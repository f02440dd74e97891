import Core
import Engine
import Files
import Scheduling
import Store
import SystemPackage

/// The steps of another version of a server.
enum ServiceUpgradeStep: String, StepName {
    case quiet, dump, server, row, container, tidy

    var orphan: OrphanRule {
        switch self {
        case .tidy: .finished(because: "the new server answers; only the old data is left to remove")
        case .row: .undone(because: "the row names the old server still; once it names the new one, that is brought up")
        case .container:
            .finished(
                because: "apps may have written to the new server, so it is brought up; where it does not come up the"
                    + " old one is started again, and the data of the new one is kept and named. One that has taken"
                    + " over the old one's files is undone, and the backup that was made before is named"
            )
        default: .undone(because: "the old server has its data still; it is started again as it was")
        }
    }
}

/// Brings a server to another image or version; what fails leaves the old one serving.
struct ServiceUpgrade: Sendable {
    static let kind = OperationKind("service-upgrade", steps: ServiceUpgradeStep.self) { operation, held, host in
        let services = Services(on: host)
        guard let id = operation.app, let service = try await services.find(id),
            let old = ServiceUpgrade.old(operation.notes, service)
        else { return .undone }
        let upgrade = ServiceUpgrade(on: host)
        if operation.isDone(ServiceUpgradeStep.container) {
            try await upgrade.tidy(service, operation.notes)
            return .finished
        }
        if try await upgrade.goForward(operation, service, old) { return .finished }
        try await upgrade.undo(operation, service, old)
        return .undone
    }

    let host: Host
    private var services: Services { Services(on: host) }

    init(on host: Host) { self.host = host }

    /// What takes over the old one's folders is preceded by a backup.
    ///
    /// - Parameters:
    ///   - service: As it is found; it may have changed since.
    ///   - image: Another one; nil stays with the one there is.
    ///   - version: Nil is the declared one, or where the image is another the same.
    ///   - isForced: Also where the new server has not all that the old one holds.
    /// - Returns: The row as it is now.
    /// - Throws: ``Failure`` with code ``FailureCode/unchanged`` when it has that version, and with
    ///   ``FailureCode/notAllowed`` when something would be left behind.
    func run(_ service: Service, image: String?, version: String?, isForced: Bool = false) async throws -> Service {
        let (this, host) = (self, host)
        let services = services
        let dump = try await backup(of: service, before: image, version)
        return try await services.run(Self.kind, on: service, "upgrade") { held in
            let old = try await services.fresh(service)
            var new = old
            new.image = image ?? old.image
            let kind = try services.kinds.find(old.kind)
            new.version = version ?? (image == nil ? kind.version : old.version)
            _ = try ImageName(new.reference)
            guard new.reference != old.reference else {
                throw Failure(.unchanged, "\(old.title) is \(old.reference) already")
            }
            _ = try await Registries(on: host).fetch(new.reference, for: nil)
            let handle = try await services.running(old)
            if kind.upgrade == .dump {
                if !isForced { try await this.refuseOthers(old, handle) }
                new.generation = old.generation + 1
            }
            try await held.note([
                "image": old.image, "version": old.version, "generation": "\(old.generation)", "dump": dump ?? "",
            ])
            if kind.upgrade == .dump { try await this.move(old, new, handle, held) }
            let wanted = new
            let event = services.event(old, "upgrade", "\(old.reference) to \(new.reference)")
            try await held.record(ServiceUpgradeStep.row) { database in
                try ServicesTable.change(old.id, database) { row in
                    (row.image, row.version) = (wanted.image, wanted.version)
                    row.generation = wanted.generation
                }
            }
            try await held.step(ServiceUpgradeStep.container) {
                guard let row = try await services.find(old.id) else { return }
                try await services.bringUp(row, isMaking: true)
            }
            try await held.step(ServiceUpgradeStep.tidy) {
                try await held.write { try HostTable.record(event, $0) }
                if kind.upgrade == .dump {
                    let server = try services.server(old)
                    try await server.remove(server.dataFolder(old.generation))
                }
            }
            return try await services.fresh(old)
        }
    }

    /// - Returns: The name of the backup that is made of what takes over the folders, where its kind has dumps.
    private func backup(of service: Service, before image: String?, _ version: String?) async throws -> String? {
        let declared = try services.kinds.find(service.kind)
        let isOther = (image ?? service.image) != service.image || (version ?? declared.version) != service.version
        guard isOther, declared.upgrade == .inPlace, declared.actions[.dump] != nil else { return nil }
        return try await ServiceBackups(on: host).make(of: service, cause: "before an upgrade").file
    }

    /// What is in no dump would go with the old server's data.
    private func refuseOthers(_ old: Service, _ handle: String) async throws {
        let others = try await services.server(old).inside(handle).others()
        guard !others.isEmpty else { return }
        throw Failure(
            .notAllowed,
            "\(old.title) holds what a new server would not have: \(others.joined(separator: ", "))",
            why: "an upgrade takes along the database \(old.database) and the users of linked apps",
            fix: "take a copy of what is needed (slipway \(old.kind):enter \(old.name)), then add --force"
        )
    }

    /// Fills a new server from a dump of the old one, to which nobody writes from the moment of the dump on.
    private func move(_ old: Service, _ new: Service, _ handle: String, _ held: Held) async throws {
        let (before, after) = (try services.server(old), try services.server(new))
        try await held.step(ServiceUpgradeStep.quiet) {
            try await host.engine.disconnect(network: before.network, container: handle, force: true)
        }
        let spool = ServiceSpool(before.folder.appending("upgrade.dump"))
        let count = try await held.step(ServiceUpgradeStep.dump) {
            try await spool.fill(from: before.inside(handle))
            return try await ServiceBackups.count(before.inside(handle))
        }
        try await held.step(ServiceUpgradeStep.server) {
            let backups = ServiceBackups(on: host)
            let fresh = try await backups.beside(after, data: new.generation, held.operation)
            let inside = after.inside(fresh)
            for link in try await after.links() where after.kind.hasUsers {
                try await after.inside(fresh, link).answer(.createUser)
            }
            try await spool.pour(into: inside)
            guard try await ServiceBackups.count(inside) == count else {
                throw Failure(.programFailed, "the new server does not hold what the old one does")
            }
            try await after.removeContainers(operation: held.operation)
            try await spool.remove()
        }
    }

    static func old(_ notes: [String: String], _ service: Service) -> Service? {
        guard let image = notes["image"], let version = notes["version"],
            let generation = notes["generation"].flatMap(Int.init)
        else { return nil }
        var old = service
        (old.image, old.version, old.generation) = (image, version, generation)
        return old
    }

    /// Brings the new server up where the row names it and its data was counted: apps may have written to it since, and
    /// the old one knows nothing of that.
    ///
    /// - Returns: False when there is no such server, or when it does not come up.
    private func goForward(_ operation: Operation, _ service: Service, _ old: Service) async throws -> Bool {
        // An undoing that was begun has put the old row back.
        guard operation.isDone(ServiceUpgradeStep.row), service.generation > old.generation else { return false }
        let server = try services.server(service)
        let handle: String
        do {
            handle = try await server.make()
            try await server.waitUntilReady(handle)
        } catch {
            host.output.warn("\(service.reference) does not come up for \(service.title): \(Failure(error).what)")
            return false
        }
        // One that answers is not given up for what is tried again anyway.
        do {
            try await services.rejoin(service)
            try await services.dropLeavers(service, handle)
        } catch { host.output.warn(Failure(error).what) }
        host.output.warn("\(service.title) is \(service.reference) all the same: its new server answers now")
        let event = services.event(old, "upgrade", "\(old.reference) to \(service.reference)")
        try await host.store.write { try HostTable.record(event, $0) }
        try await tidy(service, operation.notes)
        return true
    }

    private func undo(_ operation: Operation, _ service: Service, _ old: Service) async throws {
        let server = try services.server(old)
        try await server.removeContainers(operation: operation.id)
        try await ServiceSpool(server.folder.appending("upgrade.dump")).remove()
        let hasBegun = operation.hasBegun(ServiceUpgradeStep.quiet) || operation.hasBegun(ServiceUpgradeStep.row)
        guard hasBegun else { return }
        try await host.store.write { database in
            try ServicesTable.change(old.id, database) { row in
                (row.image, row.version, row.generation) = (old.image, old.version, old.generation)
            }
        }
        guard let row = try await services.find(old.id) else { return }
        do { try await services.bringUp(row, isMaking: true) } catch {
            try await tell(failing(Failure(error), row, server, operation), row)
        }
        guard server.kind.upgrade == .dump else { return }
        let data = server.dataFolder(old.generation + 1)
        guard operation.isDone(ServiceUpgradeStep.row) else { return try await server.remove(data) }
        try await keep(data, row, operation)
    }

    /// Of data to which apps may have written before the old server came back: nobody but people can tell whether it
    /// is needed.
    private func keep(_ data: FilePath, _ old: Service, _ operation: Operation) async throws {
        let kept = data.removingLastComponent().appending("undone-upgrade-\(operation.id)")
        if kindOfFile(data) != nil { try renameFile(data, to: kept) }
        guard kindOfFile(kept) != nil else { return }
        let told = Failure(
            .startFailed,
            "what apps may have written to the new server of \(old.title) is kept in \(kept)",
            why: "\(old.reference) serves again, and knows nothing of it",
            fix: "remove it as root when nothing of it is missed; slipway \(old.kind):destroy takes it too"
        )
        try await tell(told, old)
    }

    /// Of a server that does not come up again: it must not keep anybody from working on it, least of all from ending it.
    ///
    /// What cannot be brought up now is tried again by whoever looks after services.
    private func failing(_ failure: Failure, _ old: Service, _ server: ServiceServer, _ operation: Operation) -> Failure
    {
        var told = Failure(
            failure.code,
            "\(old.title) is \(old.reference) again, and does not come up: \(failure.what)",
            why: failure.why
        )
        if server.kind.upgrade == .inPlace, operation.hasBegun(ServiceUpgradeStep.container) {
            told.why = "the other version has worked on its files"
            if let dump = operation.notes["dump"], !dump.isEmpty {
                let path = server.backups.appending(dump)
                told.fix =
                    "what it held is in \(path): slipway \(old.kind):create OTHER,"
                    + " slipway \(old.kind):import OTHER < \(path)"
            }
        }
        return told
    }

    private func tell(_ told: Failure, _ old: Service) async throws {
        // The command has one failure, and it is what the upgrade failed by.
        for line in [told.what, told.why, told.fix].compactMap(\.self) { host.output.warn(line) }
        let words = [told.what, told.fix].compactMap(\.self).joined(separator: "; ")
        let event = services.event(old, "upgrade", "undone: \(words)")
        try await host.store.write { try HostTable.record(event, $0) }
    }

    private func tidy(_ service: Service, _ notes: [String: String]) async throws {
        guard let old = Self.old(notes, service), old.generation != service.generation else { return }
        let server = try services.server(service)
        try await server.remove(server.dataFolder(old.generation))
    }
}
