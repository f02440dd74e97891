import Core
import Files
import Store

/// What `apps:create --template` was told.
struct TemplateWish: Sendable {
    var app: AppName
    var template: TemplateName
    /// Instead of the template's own.
    var image: String?
    /// Nil is what the global domains give.
    var domain: DomainName?
    /// Over what the template says.
    var config: [ConfigKey: String] = [:]
}

/// Everything that will be made, under ids that are chosen before the first of it is.
struct TemplatePlan: Sendable {
    struct Part: Sendable {
        var alias: String
        var wish: ServiceWish
    }

    var template: AppTemplate
    var id: AppID
    var app: AppName
    var image: ImageName
    var domain: DomainName?
    var config: [ConfigKey: String]
    var services: [Part]
}

extension TemplateMaking {
    /// Checks all that can be wrong before anything is made.
    ///
    /// Images are fetched last of all: they stay for the next attempt, as those of any build do.
    func plan(_ wish: TemplateWish) async throws -> TemplatePlan {
        let template = try await Templates(on: host).find(wish.template)
        guard try await Apps(on: host).lookUp(wish.app) == nil else {
            throw Failure.taken(wish.app)
        }
        for (key, value) in wish.config where value.utf8.contains(0) {
            throw Failure.malformed("the value of \(key) holds a NUL byte", fix: "no program can be given such a value")
        }
        var plan = TemplatePlan(
            template: template,
            id: try host.newAppID(),
            app: wish.app,
            image: try wish.image.map { try ImageName($0) } ?? template.image,
            domain: wish.domain,
            config: wish.config,
            services: []
        )
        for service in template.services { plan.services.append(try await part(service, of: plan)) }
        try await check(plan)
        try await Watermarks(on: host).refuseBuild()
        for image in Set([plan.image.text] + (try plan.services.map { try reference($0.wish) })).sorted() {
            _ = try await Registries(on: host).fetch(image, for: nil)
        }
        return plan
    }

    private func part(_ service: TemplateService, of plan: TemplatePlan) async throws -> TemplatePlan.Part {
        let services = Services(on: host)
        let kind = try services.kinds.find(service.kind)
        let name = try service.name(for: plan.app)
        guard try await host.store.read({ try ServicesTable.find(service.kind, name, $0) }) == nil else {
            throw Failure(
                .taken,
                "\(service.kind) service \(name) already exists",
                why: "the template \(plan.template.name) makes one of that name",
                fix: "give the app another name"
            )
        }
        let users: [TemplatePlace] = [.service(service.alias, .user), .service(service.alias, .password)]
        let asked = plan.template.config.values.flatMap(\.places)
        if !kind.hasUsers, let place = users.first(where: asked.contains) {
            throw Failure.malformed(
                "the template \(plan.template.name) asks for {{\(place.text)}}",
                fix: "\(kind.title) knows no users: leave it out of the file"
            )
        }
        var wish = ServiceWish(kind: service.kind, name: name)
        wish.id = try host.newAppID()
        (wish.image, wish.version, wish.memory) = (service.image, service.version, service.memory)
        _ = try ImageName(try reference(wish))
        return TemplatePlan.Part(alias: service.alias, wish: wish)
    }

    private func reference(_ wish: ServiceWish) throws -> String {
        let kind = try Services(on: host).kinds.find(wish.kind)
        return "\(wish.image ?? kind.image):\(wish.version ?? kind.version)"
    }

    /// Names under which the app is to answer.
    private func check(_ plan: TemplatePlan) async throws {
        let app = App(id: plan.id, name: plan.app, createdAt: host.time.now())
        let hasName = try await host.store.read { database in
            if let domain = plan.domain { try Domains.refuseTaken([domain], by: app, database) }
            return try plan.domain != nil || !Domains.byDefault(plan.app, database).isEmpty
        }
        guard !plan.template.needsDomain || hasName else {
            throw Failure(
                .usage,
                "the template \(plan.template.name) needs a name for the app to answer under",
                why: "this host has no global domain",
                fix: "add --domain NAME"
            )
        }
    }
}
