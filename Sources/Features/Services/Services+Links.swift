import Core
import Engine
import Files
import Plugins
import Scheduling
import Store

/// The steps of a link.
enum ServiceLinkStep: String, StepName {
    case row, user, draft

    var orphan: OrphanRule {
        switch self {
        case .draft: .finished(because: "the user is there and the app's draft has its variable")
        default: .undone(because: "the app was told nothing yet; its user at the server is dropped")
        }
    }
}

/// The steps of the end of a link.
enum ServiceUnlinkStep: String, StepName {
    case draft, access

    var orphan: OrphanRule {
        switch self {
        case .draft: .undone(because: "the app still has its variable and its user")
        case .access: .finished(because: "the app's draft knows it no more; its user at the server is dropped")
        }
    }
}

/// How an app is to be told of a service.
struct ServiceLinkWish: Sendable {
    /// `BLUE_DATABASE` for `BLUE_DATABASE_URL`.
    var alias: String?
    var querystring = ""

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(alias: String? = nil, querystring: String? = nil) throws {
        if let alias { _ = try ConfigKey("\(alias)_URL") }
        self.alias = alias
        let text = (querystring ?? "").drop { $0 == "?" }
        guard text.utf8.count <= 500, text.utf8.allSatisfy({ $0.isLetterOrDigit || "=&_.,~%+:/-".utf8.contains($0) })
        else { throw Failure.malformed("\(quoted(String(text))) is no query of a URL", fix: "write it as a=1&b=2") }
        self.querystring = String(text)
    }
}

extension Services {
    static let linking = OperationKind("service-link", steps: ServiceLinkStep.self) { operation, _, host in
        guard operation.hasBegun(ServiceLinkStep.row) else { return .undone }
        if operation.isDone(ServiceLinkStep.draft) { return .finished }
        let services = Services(on: host)
        guard let id = operation.app, let service = try await services.find(id) else { return .undone }
        try await host.store.write { database in
            for link in try ServicesTable.links(of: id, database) where link.state == .making {
                try ServicesTable.end(link, database)
            }
        }
        // A server that does not answer now drops the user when it is started.
        if let handle = try? await services.running(service) { try? await services.dropLeavers(service, handle) }
        return .undone
    }

    static let unlinking = OperationKind("service-unlink", steps: ServiceUnlinkStep.self) { operation, _, host in
        guard operation.isDone(ServiceUnlinkStep.draft) else { return .undone }
        let services = Services(on: host)
        if let id = operation.app, let service = try await services.find(id) {
            if let handle = try? await services.running(service) { try? await services.dropLeavers(service, handle) }
            if let app = operation.notes["app"].flatMap({ try? AppID($0) }) { try await services.detach(app, service) }
        }
        return .finished
    }

    /// Gives an app a user of its own, the way to the server, and a variable that says so.
    ///
    /// The variable is the kind's own where that is free, else one with a colour in its name.
    ///
    /// - Returns: The link.
    /// - Throws: ``Failure`` with code ``FailureCode/taken`` when they are linked, or the alias stands for something else.
    func link(_ service: Service, _ app: App, _ wish: ServiceLinkWish) async throws -> ServiceLink {
        let (host, this) = (host, self)
        let event = event(service, "link", "to \(app.name)", app: app)
        return try await run(Self.linking, on: service, "link") { held in
            let service = try await this.fresh(service)
            let handle = try await this.running(service)
            let server = try this.server(service)
            let link = try await held.record(ServiceLinkStep.row) { database in
                try AppsTable.demandPresent(app, database)
                let present = try ServicesTable.links(of: service.id, database)
                guard !present.contains(where: { $0.app == app.id }) else {
                    throw Failure(
                        .taken,
                        "Already linked as \(present.first { $0.app == app.id }?.variable.text ?? "")",
                        why: "\(service.title) is linked to \(app.name)",
                        fix: "slipway \(service.kind):links \(service.name)"
                    )
                }
                let config = try ConfigTable.all(app.id, database)
                let link = ServiceLink(
                    service: service.id,
                    app: app.id,
                    appName: app.name.text,
                    user: ServiceUser.name(for: app, host.newID()),
                    password: ServiceSecret.make(),
                    variable: try ServiceVariable.choose(server.kind, service, wish.alias, besides: config),
                    querystring: wish.querystring,
                    state: .making,
                    createdAt: host.time.now()
                )
                try ServicesTable.save(link, database)
                return link
            }
            try await held.step(ServiceLinkStep.user) {
                if server.kind.hasUsers { try await server.inside(handle, link).answer(.createUser) }
                try server.writeFiles(links: try await server.links())
            }
            let url = ServiceValues.url(service, server.kind, link)
            var active = link
            active.state = .active
            let made = active
            try await held.record(ServiceLinkStep.draft) { database in
                try AppsTable.demandPresent(app, database)
                var config = try ConfigTable.all(app.id, database)
                config[link.variable] = url
                try ConfigTable.replace(app.id, with: config, database)
                try ServicesTable.save(made, database)
                try HostTable.record(event, database)
            }
            return made
        }
    }

    /// Takes an app's variable, its user at the server with all connections, and its way there.
    ///
    /// A server that is down drops the user when it is started, before anybody else is let in.
    func unlink(_ service: Service, _ app: App) async throws -> ServiceLink {
        let (host, this) = (host, self)
        let event = event(service, "unlink", "from \(app.name)", app: app)
        return try await run(Self.unlinking, on: service, "unlink") { held in
            let service = try await this.fresh(service)
            let kind = try? this.kinds.find(service.kind)
            try await held.note(["app": app.id.text])
            let link = try await held.record(ServiceUnlinkStep.draft) { database in
                guard let link = try ServicesTable.links(of: service.id, database).first(where: { $0.app == app.id })
                else { throw Self.notLinked(service, app) }
                let config = try ConfigTable.all(app.id, database)
                let rest = config.filter { !Self.leads($0.value, service, kind, link) }
                try ConfigTable.replace(app.id, with: rest, database)
                try ServicesTable.end(link, database)
                try HostTable.record(event, database)
                return link
            }
            try await held.step(ServiceUnlinkStep.access) {
                if kind == nil {
                    host.output.warn("nobody knows how \(service.title) works: the user of \(app.name) stays there")
                } else {
                    try await this.dropUser(of: app, service)
                }
                try await this.detach(app.id, service)
            }
            return link
        }
    }

    private func dropUser(of app: App, _ service: Service) async throws {
        // An engine that does not answer is no server that is down.
        do { try await dropLeavers(service, try await running(service)) } catch let failure as Failure
            where failure.code == .unchangeable
        {
            host.output.warn("\(service.title) does not run: the user of \(app.name) is dropped when it starts")
        }
    }

    /// Whether a variable leads to the service by this link.
    ///
    /// Where nobody knows how a URL of the kind is made, its passwords tell.
    private static func leads(_ value: String, _ service: Service, _ kind: ServiceKind?, _ link: ServiceLink) -> Bool {
        if let kind { return value == ServiceValues.url(service, kind, link) }
        return [link.password, service.password].contains { !$0.isEmpty && value.contains($0) }
    }

    static func notLinked(_ service: Service, _ app: App) -> Failure {
        Failure(
            .notFound,
            "Not linked to app \(app.name)",
            why: "\(service.title) has no link of that app",
            fix: "slipway \(service.kind):links \(service.name)"
        )
    }

    /// Makes a link the one in the kind's own variable; what stood there goes on under another name.
    ///
    /// - Returns: False when it is so already.
    func promote(_ service: Service, _ app: App) async throws -> Bool {
        let kind = try kinds.find(service.kind)
        let event = event(service, "promote", "in \(app.name)", app: app)
        let kindsByService = try await kindsByService()
        return try await host.store.write { database in
            let links = try ServicesTable.links(ofApp: app.id, database)
            guard var link = links.first(where: { $0.service == service.id }) else {
                throw Self.notLinked(service, app)
            }
            let url = ServiceValues.url(service, kind, link)
            var config = try ConfigTable.all(app.id, database)
            guard config[kind.variable] != url else { return false }
            if let old = config[kind.variable] {
                if !config.contains(where: { $0.key != kind.variable && $0.value == old }) {
                    let free = try ServiceVariable.coloured(kind, service, besides: config)
                    config[free] = old
                }
                // The link whose variable this was has the other one from now on.
                for var other in links where other.variable == kind.variable && other.service != service.id {
                    guard let (owner, ownerKind) = kindsByService[other.service],
                        ServiceValues.url(owner, ownerKind, other) == old,
                        let name = config.first(where: { $0.key != kind.variable && $0.value == old })?.key
                    else { continue }
                    other.variable = name
                    try ServicesTable.save(other, database)
                }
            }
            config[kind.variable] = url
            link.variable = kind.variable
            try ServicesTable.save(link, database)
            try ConfigTable.replace(app.id, with: config, database)
            try HostTable.record(event, database)
            return true
        }
    }

    private func kindsByService() async throws -> [AppID: (Service, ServiceKind)] {
        var result: [AppID: (Service, ServiceKind)] = [:]
        for service in try await all() {
            if let kind = try? kinds.find(service.kind) { result[service.id] = (service, kind) }
        }
        return result
    }

    /// One release of a running app with its draft as it is by now.
    ///
    /// - Returns: False for an app that does not run: its next start has it.
    func release(_ app: App, because reason: String) async throws -> Bool {
        let now = try await Apps(on: host).find(app.id)
        guard now.current != nil, !now.isStopped else { return false }
        try await Deploys(on: host).change(now, because: reason) { _ in }
        return true
    }

    /// Tells plugins which variables of an app are different.
    func tell(_ app: App, _ action: String, _ key: ConfigKey) async {
        await Hooks(on: host).tell(.postConfigUpdate, [app.name.text, action, key.text], app: app.name)
    }

    // MARK: Ways

    /// Takes what runs of an app out of the service's network.
    fileprivate func detach(_ app: AppID, _ service: Service) async throws {
        let network = ServiceServer.network(of: service.id, host.settings)
        for handle in try await containers(of: app) {
            try? await host.engine.disconnect(network: network, container: handle, force: true)
        }
    }

    private func containers(of app: AppID) async throws -> [String] {
        try await host.scheduler.list(labels: [Engine.appLabel: app.text]).map(\.handle)
    }

    // MARK: Of an app's life

    /// Takes every link of an app that goes.
    func unlinkAll(of app: App) async throws {
        for link in try await links(of: app) {
            guard let service = try await find(link.service), service.state == .live else { continue }
            _ = try await unlink(service, app)
            host.output.detail("unlinked from \(service.title): its user at the server is gone")
        }
    }

    /// Links a copy of an app to what the app is linked to, with users and passwords of its own.
    ///
    /// The copy has the app's variables by now; those that lead to the services are replaced.
    func linkCopy(of app: App, _ copy: App) async throws {
        for link in try await links(of: app) where link.state == .active {
            guard let service = try await find(link.service) else { continue }
            let kind = try? kinds.find(service.kind)
            // Whatever comes of it, the copy has not the other's password.
            let old = try await Config(on: host).all(of: copy)
                .filter { Self.leads($0.value, service, kind, link) }.keys
            _ = try await Config(on: host).change(copy, setting: [:], removing: Set(old))
            do {
                let own = try kind ?? kinds.find(service.kind)
                let alias = link.variable == own.variable ? nil : String(link.variable.text.dropLast("_URL".count))
                _ = try await self.link(service, copy, try ServiceLinkWish(alias: alias, querystring: link.querystring))
                host.output.detail("\(copy.name) shares \(service.title) with \(app.name), by a user of its own")
            } catch {
                // The copy is there; what it lacks can be given to it later.
                host.output.warn("\(copy.name) is not linked to \(service.title): \(Failure(error).what)")
            }
        }
    }
}

/// Names of users at servers.
enum ServiceUser {
    /// At most 18 letters, digits and `_`, which every kind of server takes.
    static func name(for app: App, _ chance: String) -> String {
        let letters = app.name.text.utf8.map { $0.isLowercaseLetterOrDigit ? $0 : UInt8(ascii: "_") }
        return "u_\(String(decoding: letters.prefix(8), as: UTF8.self))_\(chance.suffix(7))"
    }
}

/// Names of variables.
enum ServiceVariable {
    static let colours = [
        "AQUA", "BLACK", "BLUE", "FUCHSIA", "GRAY", "GREEN", "LIME", "MAROON", "NAVY", "OLIVE", "PURPLE", "RED",
        "SILVER", "TEAL", "WHITE", "YELLOW",
    ]

    /// - Throws: ``Failure`` with code ``FailureCode/taken``.
    static func choose(_ kind: ServiceKind, _ service: Service, _ alias: String?, besides config: [ConfigKey: String])
        throws -> ConfigKey
    {
        if let alias {
            let key = try ConfigKey("\(alias)_URL")
            guard config[key] == nil else {
                throw Failure(.taken, "Specified alias \(alias) already in use", fix: "choose another --alias")
            }
            return key
        }
        return config[kind.variable] == nil ? kind.variable : try coloured(kind, service, besides: config)
    }

    static func coloured(_ kind: ServiceKind, _ service: Service, besides config: [ConfigKey: String]) throws
        -> ConfigKey
    {
        let word = service.kind.text.uppercased().replacing("-", with: "_")
        for colour in colours {
            let key = try ConfigKey("DOKKU_\(word)_\(colour)_URL")
            if config[key] == nil { return key }
        }
        throw Failure(.taken, "every colour is in use", fix: "choose a name by --alias")
    }
}
