import Core
import Engine
import Files
import Plugins
import Store

/// The steps of an app that a template makes.
enum TemplateStep: String, StepName {
    case app, services, settings, deploy, done

    var orphan: OrphanRule {
        switch self {
        case .done: .finished(because: "the app is live with all it needs; only its lock is left to take away")
        default: .undone(because: "an app that was never finished helps nobody; it goes with its services and volumes")
        }
    }
}

/// What an operation has noted of what it makes, before the first of it was made.
struct TemplateMade: Sendable {
    var app: AppID
    var name: String
    var template: String
    var services: [AppID]

    init(_ plan: TemplatePlan) {
        (app, name, template) = (plan.id, plan.app.text, plan.template.name.text)
        services = plan.services.compactMap(\.wish.id)
    }

    /// Nil when nothing was noted, and so nothing made.
    init?(_ notes: [String: String]) {
        guard let app = notes["app"].flatMap({ try? AppID($0) }), let name = notes["name"],
            let template = notes["template"], let services = notes["services"]
        else { return nil }
        (self.app, self.name, self.template) = (app, name, template)
        self.services = services.split(separator: " ").compactMap { try? AppID(String($0)) }
    }

    var notes: [String: String] {
        [
            "app": app.text, "name": name, "template": template,
            "services": services.map(\.text).joined(separator: " "),
        ]
    }

    /// Why nobody may deploy the app yet.
    var lock: String { "the template \(template) is making it" }
}

/// Makes an app of a template: all of it, or nothing.
///
/// The operation has an id and a lock of its own. What it makes has operations too, each under the lock of what it is
/// about: the app's lock is taken for a step of it at a time, and between them the app is locked by name, so that no
/// push gets into what may have to be undone.
struct TemplateMaking: Sendable {
    static let kind = OperationKind("template", steps: TemplateStep.self) { operation, held, host in
        guard let made = TemplateMade(operation.notes) else { return .undone }
        let making = TemplateMaking(on: host)
        guard operation.isDone(TemplateStep.deploy) else {
            try await making.undo(made)
            return .undone
        }
        if !operation.isDone(TemplateStep.done) {
            let event = making.done(made)
            try await held.write { database in
                try AppsTable.unlock(made.app, heldFor: made.lock, database)
                try HostTable.record(event, database)
            }
        }
        return .finished
    }

    /// A service that was made, and the app's link to it.
    private struct Linked: Sendable {
        var service: Service
        var kind: ServiceKind
        var link: ServiceLink
    }

    let host: Host
    /// Brings an image to where the app runs.
    var deploy: @Sendable (ImageName, App, Host) async throws -> Void = Self.deployImage

    init(on host: Host) { self.host = host }

    /// - Returns: The app, which is live.
    /// - Throws: ``Failure``; nothing that this has made is there then.
    func make(_ wish: TemplateWish) async throws -> App {
        try await settleOrphans()
        let plan = try await plan(wish)
        let made = TemplateMade(plan)
        let subject = App(id: try host.newAppID(), name: plan.app, createdAt: host.time.now())
        let (this, host) = (self, host)
        host.output.step("Creating \(plan.app) from the template \(made.template)...")
        return try await Operations(on: host).run(
            Self.kind,
            on: subject,
            "apps:create \(plan.app) --template \(made.template)",
            allowLocked: true
        ) { held in
            try await held.note(made.notes)
            let app = try await held.step(TemplateStep.app) {
                try await Apps(on: host).create(plan.app, id: made.app, lock: made.lock)
            }
            let linked = try await held.step(TemplateStep.services) { try await this.services(plan, app) }
            try await held.step(TemplateStep.settings) { try await this.settings(plan, app, linked) }
            try await held.step(TemplateStep.deploy) { try await this.deploy(plan.image, app, host) }
            let event = this.done(made)
            try await held.record(TemplateStep.done) { database in
                try AppsTable.unlock(made.app, heldFor: made.lock, database)
                try HostTable.record(event, database)
            }
            return try await Apps(on: host).find(made.app)
        }
    }

    // MARK: Steps

    private func services(_ plan: TemplatePlan, _ app: App) async throws -> [String: Linked] {
        let services = Services(on: host)
        var linked: [String: Linked] = [:]
        for part in plan.services {
            host.output.step("Creating \(part.wish.kind) service \(part.wish.name)")
            let service = try await services.create(part.wish)
            let link = try await services.link(service, app, try ServiceLinkWish())
            host.output.detail("linked to \(app.name) as \(link.variable)")
            linked[part.alias] = Linked(service: service, kind: try services.kinds.find(service.kind), link: link)
        }
        return linked
    }

    private func settings(_ plan: TemplatePlan, _ app: App, _ linked: [String: Linked]) async throws {
        let template = plan.template
        if let domain = plan.domain { _ = try await Domains(on: host).change(app, "domains:set") { _ in [domain] } }
        for mount in template.mounts { _ = try await Storage(on: host).mount(mount, in: app) }
        if !template.ports.isEmpty { _ = try await Ports(on: host).change(app, "set") { _ in template.ports } }
        if !template.scale.isEmpty {
            _ = try await Control(on: host).scale(app, to: template.scale, deploying: false)
        }
        for wish in template.properties {
            guard let property = Features.all.first(where: { $0.noun == wish.noun })?.properties.named(wish.name)
            else { continue }
            _ = try await Properties(wish.noun, on: host).set(property, to: wish.value, of: app)
        }
        let domain = try await Domains(on: host).names(of: app).first?.text ?? ""
        let config = template.config.mapValues { text in
            text.filled { place in
                switch place {
                case .app: app.name.text
                case .domain: domain
                case .url: ""
                case .random: ServiceSecret.make()
                case .service(let alias, let part): linked[alias].map { Self.value(part, $0) } ?? ""
                }
            }
        }
        _ = try await Config(on: host).change(app, setting: config.merging(plan.config) { $1 })
    }

    private static func value(_ part: TemplatePlace.Part, _ linked: Linked) -> String {
        let values = ServiceValues(linked.service, linked.kind, linked.link).all
        return switch part {
        case .service: linked.service.name.text
        case .scheme: values[.scheme] ?? ""
        case .host: values[.host] ?? ""
        case .port: values[.port] ?? ""
        case .user: values[.user] ?? ""
        case .password: values[.userPassword] ?? ""
        case .database: values[.database] ?? ""
        case .url: ServiceValues.url(linked.service, linked.kind, linked.link)
        }
    }

    private static func deployImage(_ image: ImageName, _ app: App, _ host: Host) async throws {
        let sources = ImageSource(on: host)
        let facts = try await sources.fetch(image, for: app, always: false)
        let files = try await sources.files(image, facts, for: app)
        let message = "Deploy image \(image)"
        let (git, author) = (Git(on: host), host.caller.name)
        let source = GitSource(
            command: "git:from-image",
            message: message,
            digest: facts.digests.first,
            image: image.text
        ) { parent in try await git.commit(app, message, author: author, files: files, parent: parent) }
        _ = try await git.deploy(source, on: app, allowLocked: true)
    }

    private func done(_ made: TemplateMade) -> Event {
        event(made, "made \(made.name) from the template \(made.template)")
    }

    private func event(_ made: TemplateMade, _ detail: String) -> Event {
        let app = (try? AppName(made.name)).map { App(id: made.app, name: $0, createdAt: host.time.now()) }
        return Event("apps:create", detail, of: app, by: host)
    }
}

// MARK: The way back

extension TemplateMaking {
    /// Takes away all that was made, whatever of it is there; nothing of it is kept in an archive.
    private func undo(_ made: TemplateMade) async throws {
        let (apps, services) = (Apps(on: host), Services(on: host))
        host.output.step("Undoing what was made of \(made.name)")
        try await settle(made.app)
        if let app = try await apps.known(made.app) {
            let farewell = try await apps.purge(app)
            for left in farewell.left { host.output.warn("left: \(left)") }
            await Hooks(on: host).tell(.postDelete, [app.name.text, ""], app: app.name)
        }
        for id in made.services {
            try await settle(id)
            guard let service = try await services.find(id) else { continue }
            let users = try await services.links(of: service).map(\.appName)
            guard users.isEmpty else {
                host.output.warn("\(service.title) stays: \(users.joined(separator: ", ")) was linked to it meanwhile")
                continue
            }
            try await services.destroy(service)
        }
        let event = event(made, "undone: nothing of \(made.name) is left")
        try await host.store.write { try HostTable.record(event, $0) }
        host.output.detail("nothing of \(made.name) is left")
    }

    /// What was begun of one of the parts comes to its own end first.
    private func settle(_ id: AppID) async throws {
        let operations = Operations(on: host)
        guard let lock = try await operations.takeLock(id, Operations.settling, within: .seconds(60)) else {
            throw Failure(.busy, "somebody works on what is to be undone", fix: "slipway operations shows who")
        }
        defer { lock.release() }
        try await operations.settleOrphans(of: id)
    }

    /// Undoes what others have left half made, so that its names are free for who tries once more.
    private func settleOrphans() async throws {
        let operations = Operations(on: host)
        for operation in try await operations.running() where operation.kind == Self.kind.name {
            guard let id = operation.app, let lock = try operations.tryTake(id, Operations.settling) else { continue }
            defer { lock.release() }
            do { try await operations.settleOrphans(of: id) } catch {
                // It is another app's; where it has a name that is wanted here, that is found to be taken.
                host.output.warn("\(operation.summary) is not undone yet: \(Failure(error).what)")
            }
        }
    }
}
