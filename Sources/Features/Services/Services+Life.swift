import Core
import Files
import Probes
import Scheduling
import Store

/// The steps of a change of what a server is.
enum ServiceChangeStep: String, StepName {
    case row, container

    var orphan: OrphanRule {
        switch self {
        case .row: .undone(because: "the row is as it was; nothing was told of the change")
        case .container:
            .finished(because: "the row has the change, and the container is made as it says; only new ports go back")
        }
    }
}

/// The steps of the end of a service.
enum ServiceDestroyStep: String, StepName {
    case row, parts, end

    var orphan: OrphanRule {
        switch self {
        case .row: .undone(because: "it was not begun")
        default: .finished(because: "it was confirmed, and half a server helps nobody")
        }
    }
}

extension Services {
    static let changing = OperationKind("service-change", steps: ServiceChangeStep.self) { operation, held, host in
        guard operation.isDone(ServiceChangeStep.row) else { return .undone }
        let services = Services(on: host)
        guard let id = operation.app, let service = try await services.find(id), service.state == .live else {
            return .finished
        }
        var now = service
        // Ports that cannot be had are no reason to be without the server.
        let isTakenBack = !operation.isDone(ServiceChangeStep.container) && operation.notes["exposed"] != nil
        if isTakenBack, let old = operation.notes["exposed"] {
            now.exposed = try ServicesTable.value(old)
            let restored = now.exposed
            try await held.write { try ServicesTable.change(id, $0) { $0.exposed = restored } }
        }
        // What cannot be brought up now is tried again by whoever looks after services.
        let isMaking = isTakenBack || !operation.isDone(ServiceChangeStep.container)
        do { try await services.bringUp(now, isMaking: isMaking) } catch { host.output.warn(Failure(error).what) }
        return isTakenBack ? .undone : .finished
    }

    static let destroying = OperationKind("service-destroy", steps: ServiceDestroyStep.self) { operation, _, host in
        guard operation.isDone(ServiceDestroyStep.row) else { return .undone }
        let services = Services(on: host)
        guard let id = operation.app, let service = try await services.find(id) else { return .finished }
        try await services.takeAway(service)
        try await host.store.write { try ServicesTable.delete(id, $0) }
        return .finished
    }

    /// Destroys a service with its data and its backups.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/unchangeable`` while an app is linked to it.
    func destroy(_ service: Service) async throws {
        let this = self
        let event = event(service, "destroy", "with all data")
        try await run(Self.destroying, on: service, "destroy") { held in
            try await held.record(ServiceDestroyStep.row) { database in
                try Self.refuseLinked(service, try ServicesTable.links(of: service.id, database))
                try ServicesTable.change(service.id, database) { $0.state = .leaving }
            }
            try await held.step(ServiceDestroyStep.parts) { try await this.takeAway(service) }
            try await held.record(ServiceDestroyStep.end) { database in
                try ServicesTable.delete(service.id, database)
                try HostTable.record(event, database)
            }
        }
    }

    static func refuseLinked(_ service: Service, _ links: [ServiceLink]) throws {
        guard let first = links.first else { return }
        throw Failure(
            .unchangeable,
            "Cannot delete linked service",
            why: "\(service.title) is linked to \(links.map(\.appName).joined(separator: ", "))",
            fix: "slipway \(service.kind):unlink \(service.name) \(first.appName)"
        )
    }

    // MARK: Changes

    /// Changes the row and brings the container to what it says.
    ///
    /// With `isMaking` the container is made anew although nothing of it is different.
    ///
    /// - Returns: False when nothing was different.
    @discardableResult
    func change(
        _ service: Service,
        _ verb: String,
        _ detail: String = "",
        isMaking: Bool = false,
        _ edit: @escaping @Sendable (inout Service) throws -> Void
    ) async throws -> Bool {
        let (this, event) = (self, event(service, verb, detail))
        return try await run(Self.changing, on: service, verb) { held in
            let old = try await this.fresh(service)
            var new = old
            try edit(&new)
            guard new != old || isMaking else { return false }
            if new.exposed != old.exposed, !new.exposed.isEmpty {
                try await held.note(["exposed": try ServicesTable.text(old.exposed)])
            }
            let changed = try await held.record(ServiceChangeStep.row) { database in
                // What needs no container is written without the lock, and may have been written meanwhile.
                var row = try ServicesTable.find(service.id, database) ?? old
                try edit(&row)
                try ServicesTable.save(row, database)
                try HostTable.record(event, database)
                return row
            }
            try await held.step(ServiceChangeStep.container) { try await this.bringUp(changed, isMaking: true) }
            return true
        }
    }

    /// Writes what has no effect on the container before it is made the next time.
    func write(
        _ service: Service,
        _ verb: String,
        _ detail: String,
        _ edit: @escaping @Sendable (inout Service) -> Void
    )
        async throws -> Bool
    {
        let event = event(service, verb, detail)
        return try await host.store.write { database in
            guard let old = try ServicesTable.find(service.id, database) else { return false }
            var new = old
            edit(&new)
            guard new != old else { return false }
            try ServicesTable.save(new, database)
            try HostTable.record(event, database)
            return true
        }
    }

    /// Starts what is to run and ends what is not.
    ///
    /// - Parameters:
    ///   - service: As its row is.
    ///   - isMaking: A container that runs is made anew.
    /// - Throws: ``Failure`` with code ``FailureCode/startFailed`` when it does not come up.
    func bringUp(_ service: Service, isMaking: Bool = false) async throws {
        let server = try server(service)
        if service.isStopped {
            // One that is paused keeps its container.
            return try await service.container == nil ? server.removeContainers() : server.pause()
        }
        // A container is in the network that was there when it was made, and in no other of that name.
        let isApart = try await server.makeNetwork()
        if !isMaking, !isApart, let handle = service.container, let state = try await host.scheduler.inspect(handle) {
            if !state.isRunning { try await host.scheduler.start(handle) }
            try await server.waitUntilReady(handle)
            return try await dropLeavers(service, handle)
        }
        let handle = try await server.make()
        try await server.waitUntilReady(handle)
        try await dropLeavers(service, handle)
        try await rejoin(service)
    }

    /// Drops users of apps that are linked no more; one that cannot be dropped keeps no other, and is tried again.
    func dropLeavers(_ service: Service, _ handle: String) async throws {
        let id = service.id
        let server = try server(service)
        try server.writeFiles(links: try await server.links())
        var failure: (any Error)?
        for user in try await host.store.read({ try ServicesTable.leavers(of: id, $0) }) {
            do {
                if server.kind.hasUsers {
                    try await server.inside(handle, .leaver(user, of: service, server.kind)).answer(.removeUser)
                }
                try await host.store.write { try ServicesTable.forget(user, of: id, $0) }
            } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
    }

    /// Brings the processes of linked apps into the network, which may have been made anew.
    func rejoin(_ service: Service) async throws {
        for link in try await links(of: service) where link.state == .active {
            guard let app = try await Apps(on: host).present(link.app) else { continue }
            let networks = try await networks(of: app).filter {
                $0.name == ServiceServer.network(of: service.id, host.settings)
            }
            for instance in try await Ps(on: host).instances(of: app) {
                guard let handle = instance.handle else { continue }
                // One that is just leaving needs it no more.
                try? await host.scheduler.join(handle, networks)
            }
        }
    }

    // MARK: Start and stop

    func start(_ service: Service) async throws -> Bool {
        if !service.isStopped, let handle = service.container,
            try await host.scheduler.inspect(handle)?.isRunning == true
        {
            return false
        }
        return try await change(service, "start", isMaking: true) { $0.isStopped = false }
    }

    /// Ends the server and removes its container; the data stays.
    func stop(_ service: Service) async throws -> Bool {
        try await change(service, "stop") {
            $0.isStopped = true
            $0.container = nil
        }
    }

    /// Ends the server and leaves its container.
    func pause(_ service: Service) async throws -> Bool {
        guard !service.isStopped else { return false }
        let (this, event) = (self, event(service, "pause", ""))
        return try await run(Self.changing, on: service, "pause") { held in
            let now = try await this.fresh(service)
            try await held.record(ServiceChangeStep.row) { database in
                try ServicesTable.change(service.id, database) { $0.isStopped = true }
                try HostTable.record(event, database)
            }
            try await held.step(ServiceChangeStep.container) { try await this.server(now).pause() }
            return true
        }
    }

    // MARK: Ports of the host

    /// Publishes the server's ports on ports of the host.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/taken`` when one of them is somebody's; a server that does not come up
    ///   with them goes on without.
    func expose(_ service: Service, _ wanted: [ExposedPort]) async throws {
        for port in wanted {
            for other in try await all() where other.id != service.id {
                guard let same = other.exposed.first(where: { $0.host == port.host }) else { continue }
                throw Failure(.taken, "port \(port.host) is taken", why: "\(other.title) is exposed at \(same.text)")
            }
            let isOurs = service.exposed.contains { $0.host == port.host }
            let asked = port.address == "0.0.0.0" ? ExposedPort.loopback : port.address
            let found = try await host.probes.connect(asked, try Port(Int(port.host)), .seconds(2))
            guard isOurs || found != .open else {
                throw Failure(.taken, "port \(port.host) is taken", why: "something answers at \(asked):\(port.host)")
            }
        }
        let words = wanted.map(\.text).joined(separator: " ")
        try await change(service, "expose", words) { now in
            guard now.exposed.isEmpty || now.exposed == wanted else {
                throw Failure(
                    .unchangeable,
                    "Service \(service.name) already exposed on port(s) \(now.exposed.map(\.text).joined(separator: " "))",
                    fix: "slipway \(service.kind):unexpose \(service.name)"
                )
            }
            now.exposed = wanted
        }
    }

    /// A port of this host that nobody answers on.
    func freePort() async throws -> UInt16 {
        let taken = Set(try await all().flatMap(\.exposed).map(\.host))
        var system = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            let number = UInt16.random(in: 20000...32000, using: &system)
            guard !taken.contains(number) else { continue }
            let found = try await host.probes.connect(ExposedPort.loopback, try Port(Int(number)), .seconds(2))
            if found != .open { return number }
        }
        throw Failure(.taken, "no port of this host is free", fix: "name one")
    }
}
