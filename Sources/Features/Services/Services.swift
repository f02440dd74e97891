import Core
import Files
import Scheduling
import Store
import SystemPackage

extension Feature {
    /// Servers for apps, each of a kind that a plugin declares.
    static let services = Feature(
        "services",
        "Databases, caches, queues and stores for apps",
        commands: ServicesCommands.all,
        migrations: ServicesTable.migrations,
        operations: [
            Services.making, Services.changing, Services.destroying, Services.linking, Services.unlinking,
            Services.importing, ServiceBackups.kind, ServiceUpgrade.kind,
        ]
    )
}

/// What can be done with services; the kind knows how, the row says what, and both together are the server.
struct Services: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    var kinds: ServiceKinds { ServiceKinds(paths: host.paths) }

    func all() async throws -> [Service] { try await host.store.read { try ServicesTable.all($0) } }

    func find(_ id: AppID) async throws -> Service? { try await host.store.read { try ServicesTable.find(id, $0) } }

    /// - Throws: ``Failure`` with code ``FailureCode/notFound``.
    func find(_ kind: ServiceKindName, _ name: ServiceName) async throws -> Service {
        guard let found = try await host.store.read({ try ServicesTable.find(kind, name, $0) }) else {
            _ = try kinds.find(kind)
            throw Failure(
                .notFound,
                "\(kind) service \(name) does not exist",
                fix: "slipway \(kind):list shows those that do"
            )
        }
        return found
    }

    func server(_ service: Service) throws -> ServiceServer {
        ServiceServer(host: host, service: service, kind: try kinds.find(service.kind))
    }

    /// The same also where the kind is gone with its plugin or cannot be read: what belongs to the service is known by
    /// its row and its label all the same.
    func serverOfAnyKind(_ service: Service) throws -> ServiceServer {
        do { return try server(service) } catch {
            return ServiceServer(host: host, service: service, kind: try ServiceKind.unknown(service))
        }
    }

    /// The container of a service that runs.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/unchangeable`` when it does not.
    func running(_ service: Service) async throws -> String {
        guard let handle = service.container, try await host.scheduler.inspect(handle)?.isRunning == true else {
            throw Failure(
                .unchangeable,
                "\(service.title) does not run",
                why: service.isStopped ? "it was stopped" : "its container is down",
                fix: "slipway \(service.kind):start \(service.name)"
            )
        }
        return handle
    }

    func links(of service: Service) async throws -> [ServiceLink] {
        let id = service.id
        return try await host.store.read { try ServicesTable.links(of: id, $0) }
    }

    func links(of app: App) async throws -> [ServiceLink] {
        try await host.store.read { try ServicesTable.links(ofApp: app.id, $0) }
    }

    /// What every container of an app is in besides the networks of its release.
    ///
    /// By the links as they are now, and not as a release had them: a rollback gives no access that was taken away.
    func networks(of app: App) async throws -> [WorkloadNetwork] {
        try await links(of: app).filter { $0.state == .active }.map { link in
            WorkloadNetwork(
                ServiceServer.network(of: link.service, host.settings),
                labels: [ServiceServer.label: link.service.text]
            )
        }
    }

    func event(_ service: Service, _ verb: String, _ detail: String, app: App? = nil) -> Event {
        Event("services:\(verb)", "\(service.title)\(detail.isEmpty ? "" : ": \(detail)")", of: app, by: host)
    }

    /// What lies in folders of services that only their servers' users may enter, in bytes; without what could not be
    /// measured.
    func measure(_ closed: [FilePath]) async -> [FilePath: Int64] {
        guard !closed.isEmpty, let all = try? await all() else { return [:] }
        return await withTaskGroup(of: [FilePath: Int64].self) { group in
            for service in all {
                guard let server = try? server(service) else { continue }
                let own = closed.filter { $0.starts(with: server.folder) }
                // A number less is no reason to keep the others back; the report says which is missing.
                if !own.isEmpty { group.addTask { (try? await server.measure(own)) ?? [:] } }
            }
            return await group.reduce(into: [:]) { $0.merge($1) { $1 } }
        }
    }

    /// One operation under the service's lock.
    func run<Value: Sendable>(
        _ kind: OperationKind,
        on service: Service,
        _ summary: String,
        _ body: @escaping @Sendable (Held) async throws -> Value
    ) async throws -> Value {
        try await Operations(on: host).run(
            kind,
            on: try service.subject,
            "\(service.kind):\(summary) \(service.name)",
            allowLocked: true,
            body
        )
    }

    /// The row as it is under the lock.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/notFound`` when it was destroyed meanwhile.
    func fresh(_ service: Service) async throws -> Service {
        guard let found = try await find(service.id), found.state == .live else {
            throw Failure(.notFound, "\(service.kind) service \(service.name) does not exist")
        }
        return found
    }
}

// MARK: Making

/// The steps of a new service.
enum ServiceMakingStep: String, StepName {
    case row, container, ready, data, done

    var orphan: OrphanRule {
        switch self {
        case .done: .finished(because: "the server runs and answers")
        default: .undone(because: "nobody uses it yet; container, network, folder and row are removed")
        }
    }
}

/// What a new service is to be.
struct ServiceWish: Sendable {
    /// One that its maker has chosen before; nil is a new one.
    var id: AppID?
    var kind: ServiceKindName
    var name: ServiceName
    var image: String?
    var version: String?
    /// Nil is a random one.
    var password: String?
    var memory: Int64?
    var options: [String] = []
    var environment: [ConfigKey: String] = [:]
}

extension Services {
    static let making = OperationKind("service-create", steps: ServiceMakingStep.self) { operation, _, host in
        let services = Services(on: host)
        guard let id = operation.app, let service = try await services.find(id) else { return .undone }
        if operation.isDone(ServiceMakingStep.done) { return .finished }
        try await services.takeAway(service)
        try await host.store.write { try ServicesTable.delete(id, $0) }
        return .undone
    }

    /// Makes a service and waits until it answers; nothing is left of one that does not.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/taken``.
    @discardableResult
    func create(_ wish: ServiceWish, filling: (@Sendable (Service, String) async throws -> Void)? = nil) async throws
        -> Service
    {
        let kind = try kinds.find(wish.kind)
        let service = try row(wish, kind)
        let (host, this) = (host, self)
        let event = event(service, "create", service.reference)
        return try await run(Self.making, on: service, "create") { held in
            try await held.record(ServiceMakingStep.row) { database in
                guard try ServicesTable.find(wish.kind, wish.name, database) == nil else {
                    throw Failure(
                        .taken,
                        "\(wish.kind) service \(wish.name) already exists",
                        fix: "slipway \(wish.kind):info \(wish.name)"
                    )
                }
                try ServicesTable.save(service, database)
            }
            let server = try this.server(service)
            let handle = try await held.step(ServiceMakingStep.container) { try await server.make() }
            try await held.step(ServiceMakingStep.ready) { try await server.waitUntilReady(handle) }
            if let filling { try await held.step(ServiceMakingStep.data) { try await filling(service, handle) } }
            try await held.record(ServiceMakingStep.done) { database in
                try ServicesTable.change(service.id, database) { $0.state = .live }
                try HostTable.record(event, database)
            }
            return try await Services(on: host).fresh(service)
        }
    }

    private func row(_ wish: ServiceWish, _ kind: ServiceKind) throws -> Service {
        var service = Service(
            id: try wish.id ?? host.newAppID(),
            kind: wish.kind,
            name: wish.name,
            image: wish.image ?? kind.image,
            version: wish.version ?? kind.version,
            password: try wish.password.map { try ServiceSecret.check($0) } ?? ServiceSecret.make(),
            database: kind.database(for: wish.name),
            createdAt: host.time.now()
        )
        _ = try ImageName(service.reference)
        service.memory = wish.memory
        service.options = wish.options
        service.environment = wish.environment
        return service
    }

    /// Everything of a service that is not a row.
    func takeAway(_ service: Service) async throws {
        let server = try serverOfAnyKind(service)
        try await server.removeContainers()
        try await server.removeNetwork()
        for name in try listFolder(server.folder) { try await server.remove(server.folder.appending(name)) }
        try removeTree(server.folder)
    }
}

extension ServiceKind {
    /// Stands for one whose declaration is gone, where only names and folders matter.
    static func unknown(_ service: Service) throws -> ServiceKind {
        let text = """
            [service]
            title = "unknown"
            image = "unknown"
            version = "0"
            port = 1
            scheme = "unknown"
            variable = "UNKNOWN_URL"
            url = "unknown:"
            """
        return try ServiceKindReader.read(Array(text.utf8), name: service.kind)
    }
}
