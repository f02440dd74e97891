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

    /// What is not as a row says; a service that somebody works on is left to him.
    func differences() async throws -> [Difference] {
        let all = try await services.all()
        let containers = try await host.scheduler.list(labels: [:]).filter { $0.labels[ServiceServer.label] != nil }
        guard !all.isEmpty || !containers.isEmpty else { return [] }
        let busy = Set(try await Operations(on: host).running().compactMap(\.app?.text))
        var found: [Difference] = []
        for service in all where service.state == .live && !busy.contains(service.id.text) {
            let own = containers.filter { $0.labels[ServiceServer.label] == service.id.text }
            guard let fact = fact(service, own) else { continue }
            found.append(
                Difference(nil, .service, "\(service.title) \(fact)", .mend("bring it up"), target: service.id.text)
            )
        }
        for container in containers {
            let id = container.labels[ServiceServer.label] ?? ""
            let owner = all.first { $0.id.text == id }
            guard owner?.container != container.handle, !busy.contains(id) else { continue }
            if let owner, owner.isStopped, owner.container == nil { continue }
            found.append(
                Difference(
                    nil,
                    .service,
                    "container \(container.name) belongs to no service",
                    .mend("remove it"),
                    target: container.handle
                )
            )
        }
        return found
    }

    private func fact(_ service: Service, _ own: [ScheduledInstance]) -> String? {
        let present = own.first { $0.handle == service.container }
        if service.isStopped { return present?.isRunning == true ? "runs, and was stopped" : nil }
        guard let present else { return "has no container" }
        return [.running, .restarting].contains(present.mode) ? nil : "does not run"
    }

    func mend(_ difference: Difference) async throws {
        guard let id = try? AppID(difference.target), let service = try await services.find(id) else {
            return try await host.scheduler.remove(difference.target)
        }
        guard let lock = try FileLock.tryTake(host.paths.lock(of: id)) else {
            throw Failure(.busy, "\(service.title) is busy")
        }
        defer { lock.release() }
        try await services.bringUp(try await services.fresh(service))
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
            _ = try host.programs.detach(.slipway(words, host), host.paths.logs.appending("service-backups.log"))
            host.output.step("Begins the backup of \(service.title)")
        }
    }

    private func warn(_ what: String, _ error: any Error) {
        let failure = Failure(error)
        host.output.warn("\(what): \(failure.code.rawValue) \(failure.what)")
    }
}
