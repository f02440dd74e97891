import Core
import Files
import Programs
import Scheduling
import Store
import SystemPackage

/// Looks after services while nobody works on them: what a row says and the engine has not.
struct ServiceCare: Sendable {
    let host: Host
    private var services: Services { Services(on: host) }

    init(on host: Host) { self.host = host }

    /// What is wrong with a service, in words that follow its name.
    private enum Fact: String {
        case runs = "runs, and was stopped"
        case isAbsent = "has no container"
        case isDown = "does not run"
        case hasLeavers = "knows users of apps that are linked no more"

        var cure: String {
            switch self {
            case .runs: "stop it"
            case .isAbsent, .isDown: "bring it up"
            case .hasLeavers: "drop them"
            }
        }
    }

    /// What is not as a row says; a service that somebody works on is left to him.
    func differences() async throws -> [Difference] {
        let all = try await services.all()
        let containers = try await containers()
        guard !all.isEmpty || !containers.isEmpty else { return [] }
        let busy = Set(try await Operations(on: host).running().compactMap(\.app?.text))
        var found: [Difference] = []
        let leavers = try await host.store.read { try ServicesTable.leavers($0) }
        for service in all where !busy.contains(service.id.text) {
            guard let fact = fact(service, containers, leavers) else { continue }
            let words = "\(service.title) \(fact.rawValue)"
            found.append(Difference(nil, .service, words, .mend(fact.cure), target: service.id.text))
        }
        for container in containers {
            let id = Self.owner(container)
            guard !busy.contains(id), isStray(container, all.first { $0.id.text == id }) else { continue }
            let words = "container \(container.name) belongs to no service"
            found.append(Difference(nil, .service, words, .mend("remove it"), target: container.handle))
        }
        return found
    }

    /// Without those that a living process is waiting for.
    private func containers() async throws -> [ScheduledInstance] {
        try await host.scheduler.list(labels: [:]).filter { found in
            found.labels[ServiceServer.label] != nil && found.attendant?.isAlive != true
        }
    }

    private static func owner(_ container: ScheduledInstance) -> String { container.labels[ServiceServer.label] ?? "" }

    /// A server that was stopped, and whose row knows no container any more.
    private func isLeft(_ container: ScheduledInstance, of service: Service) -> Bool {
        service.isStopped && service.container == nil && container.isRunning
            && container.labels[ServiceServer.operationLabel] == nil
    }

    private func isStray(_ container: ScheduledInstance, _ owner: Service?) -> Bool {
        guard let owner else { return true }
        return owner.container != container.handle && !isLeft(container, of: owner)
    }

    private func fact(_ service: Service, _ containers: [ScheduledInstance], _ leavers: Set<AppID>) -> Fact? {
        guard service.state == .live else { return nil }
        let own = containers.filter { Self.owner($0) == service.id.text }
        let present = own.first { $0.handle == service.container }
        if service.isStopped {
            let runs = present?.isRunning == true || own.contains { isLeft($0, of: service) }
            return runs ? .runs : nil
        }
        guard let present else { return .isAbsent }
        guard [.running, .restarting].contains(present.mode) else { return .isDown }
        return present.isRunning && leavers.contains(service.id) ? .hasLeavers : nil
    }

    /// What was seen without the lock is looked at again under it.
    func mend(_ difference: Difference) async throws {
        if let id = try? AppID(difference.target), let service = try await services.find(id) {
            return try await alone(id, service.title) {
                let now = try await services.fresh(service)
                let leavers = try await host.store.read { try ServicesTable.leavers($0) }
                switch fact(now, try await containers(), leavers) {
                case nil: break
                case .hasLeavers: try await services.dropLeavers(now, try await services.running(now))
                case .runs, .isAbsent, .isDown: try await services.bringUp(now)
                }
            }
        }
        guard let stray = try await containers().first(where: { $0.handle == difference.target }) else { return }
        guard let id = try? AppID(Self.owner(stray)) else { return try await host.scheduler.remove(stray.handle) }
        try await alone(id, "the service of container \(stray.name)") {
            guard isStray(stray, try await services.find(id)) else { return }
            // It may have written to the data of a service that is there.
            try await host.scheduler.stop(stray.handle, grace: ServiceServer.grace)
            try await host.scheduler.remove(stray.handle)
        }
    }

    /// Works on a service that nobody works on, and of which nothing is left to be settled.
    private func alone(_ id: AppID, _ title: String, _ work: () async throws -> Void) async throws {
        guard let lock = try Operations(on: host).tryTake(id, "mending \(title)") else {
            throw Failure(.busy, "\(title) is busy")
        }
        defer { lock.release() }
        guard try await host.store.read({ try OperationsTable.running(id, $0) }).isEmpty else {
            throw Failure(.busy, "\(title) is busy")
        }
        try await work()
    }

    // MARK: By the clock

    /// Mends what is not right and begins backups that are due, each in a process of its own.
    func tick(zone: HourZone = .host) async {
        do {
            for difference in try await differences() {
                do { try await mend(difference) } catch { warn(difference.fact, error) }
            }
            try await beginBackups(zone)
        } catch { warn("services", error) }
    }

    /// Backups that became due since somebody last looked; of several minutes one.
    private func beginBackups(_ zone: HourZone) async throws {
        let minute = host.time.now().milliseconds / 60_000
        let due = try await host.store.write { database -> [Service] in
            let last = try HostTable.moment("service-backups", database).map { $0.milliseconds / 60_000 } ?? minute - 1
            guard last != minute else { return [] }
            try HostTable.setMoment("service-backups", to: Timestamp(milliseconds: minute * 60_000), database)
            // A clock that was set back begins anew.
            let from = max(min(last, minute - 1), minute - 1440)
            return try ServicesTable.all(database).filter { service in
                guard service.state == .live, !service.isStopped, let text = service.schedule,
                    let schedule = try? CronSchedule(text)
                else { return false }
                return !schedule.due(after: from, through: minute, in: zone, limit: 1).isEmpty
            }
        }
        for service in due {
            let words = ["services:backup", service.kind.text, service.name.text, "--scheduled"]
            do {
                _ = try host.programs.detach(.slipway(words, host), host.paths.logs.appending("service-backups.log"))
                host.output.step("Begins the backup of \(service.title)")
            } catch { warn("the backup of \(service.title)", error) }
        }
    }

    private func warn(_ what: String, _ error: any Error) {
        let failure = Failure(error)
        host.output.warn("\(what): \(failure.code.rawValue) \(failure.what)")
    }
}
