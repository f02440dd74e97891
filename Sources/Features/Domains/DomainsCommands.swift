import ArgumentParser
import Core

enum DomainsCommands: Noun {
    static var feature: Feature { .domains }
    static let all: [any HostCommand.Type] = [
        DomainsAdd.self, DomainsRemove.self, DomainsSet.self, DomainsClear.self, DomainsReset.self, DomainsEnable.self,
        DomainsDisable.self, DomainsAddGlobal.self, DomainsRemoveGlobal.self, DomainsSetGlobal.self,
        DomainsClearGlobal.self, DomainsSetup.self, ReportCommand<DomainsCommands>.self,
    ]
}

struct DomainsAdd: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "domains:add",
        "Answer under more names",
        examples: ["domains:add shop shop.example.com", "domains:add shop a.example.com b.example.com"]
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "Names to add") var names: [DomainName]

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let new = names.uniqued
        let before = Set(try await Domains(on: host).names(of: found))
        let changed = try await Domains(on: host).change(found, "domains:add") { old in
            old + new.filter { !old.contains($0) }
        }
        for name in new where before.contains(name) {
            host.output.warn("\(name) is a name of \(app) already, skipped")
        }
        guard changed else { return host.output.heading("domains of \(app) are unchanged") }
        for name in new where !before.contains(name) { host.output.step("Added \(name) to \(app)") }
        host.output.warns(ofAddresses: new)
        try await DomainsTargets.saysWhen(found, host)
    }
}

struct DomainsRemove: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "domains:remove",
        "Answer under fewer names",
        examples: ["domains:remove shop shop.example.com", "domains:remove shop a.example.com b.example.com"]
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "Names to take away") var names: [DomainName]

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let gone = Set(names)
        let before = Set(try await Domains(on: host).names(of: found))
        for name in names where !before.contains(name) {
            host.output.warn("\(name) is not a name of \(app), skipped")
        }
        guard !gone.isDisjoint(with: before) else { return host.output.heading("domains of \(app) are unchanged") }
        let changed = try await Domains(on: host).change(found, "domains:remove") { $0.filter { !gone.contains($0) } }
        guard changed else { return host.output.heading("domains of \(app) are unchanged") }
        for name in names where before.contains(name) { host.output.step("Removed \(name) from \(app)") }
        try await DomainsTargets.saysWhen(found, host)
    }
}

struct DomainsSet: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "domains:set",
        "Answer under exactly these names",
        examples: ["domains:set shop shop.example.com", "domains:set shop a.example.com b.example.com"]
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "Names it has then") var names: [DomainName]

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let wanted = names.uniqued
        let changed = try await Domains(on: host).change(found, "domains:set") { _ in wanted }
        guard changed else { return host.output.heading("domains of \(app) are unchanged") }
        host.output.step("Set \(wanted.map(\.text).joined(separator: " ")) for \(app)")
        host.output.warns(ofAddresses: wanted)
        try await DomainsTargets.saysWhen(found, host)
    }
}

struct DomainsClear: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "domains:clear",
        "Answer under no name",
        examples: ["domains:clear shop", "domains:clear --all"]
    )
    static let permission = Permission.change
    @Flag(help: "Every app") var all = false
    @Argument(help: "App to change") var app: AppName?

    func run(on host: Host) async throws {
        for found in try await DomainsTargets.apps(app, all, host) {
            let changed = try await Domains(on: host).change(found, "domains:clear") { _ in [] }
            host.output.step(changed ? "Cleared domains for \(found.name)" : "domains of \(found.name) are unchanged")
        }
    }
}

struct DomainsReset: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "domains:reset",
        "Answer under the names that the global domains give",
        examples: ["domains:reset shop", "domains:reset api"]
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName

    func run(on host: Host) async throws {
        let changed = try await Domains(on: host).reset(try await Apps(on: host).find(app))
        changed
            ? host.output.step("Reset domains for \(app)") : host.output.heading("domains of \(app) are unchanged")
    }
}

/// Dokku does this before an app's first deploy; here it is so by itself, and this is only for scripts.
struct DomainsSetup: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "domains:setup",
        "Have an app without names answer below the global domains",
        examples: ["domains:setup shop", "domains:setup api"],
        isShown: false
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let hasNames = try await !Domains(on: host).names(of: found).isEmpty
        guard !hasNames, try await Domains(on: host).reset(found) else {
            return host.output.heading("domains of \(app) are unchanged")
        }
        host.output.step("Set up domains for \(app)")
    }
}

struct DomainsEnable: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "domains:enable",
        "Use names for an app",
        examples: ["domains:enable shop", "domains:enable --all"]
    )
    static let permission = Permission.change
    @Flag(help: "Every app") var all = false
    @Argument(help: "App to change") var app: AppName?

    func run(on host: Host) async throws {
        for found in try await DomainsTargets.apps(app, all, host) {
            try await Domains(on: host).setEnabled(true, found)
                ? host.output.step("Enabling domains for \(found.name)")
                : host.output.heading("domains of \(found.name) are unchanged")
        }
    }
}

struct DomainsDisable: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "domains:disable",
        "Use no names for an app",
        examples: ["domains:disable shop", "domains:disable --all"]
    )
    static let permission = Permission.change
    @Flag(help: "Every app") var all = false
    @Argument(help: "App to change") var app: AppName?

    func run(on host: Host) async throws {
        for found in try await DomainsTargets.apps(app, all, host) {
            try await Domains(on: host).setEnabled(false, found)
                ? host.output.step("Disabling domains for \(found.name)")
                : host.output.heading("domains of \(found.name) are unchanged")
        }
    }
}

extension Output {
    fileprivate func warns(ofAddresses names: [DomainName]) {
        for name in names where name.isAddress {
            warn("\(name) is an address: it is the default site of the host that is asked for by it")
        }
    }
}

enum DomainsTargets {
    /// nginx knows of names at once; a proxy that reads labels learns them from the next release.
    static func saysWhen(_ app: App, _ host: Host) async throws {
        guard try await AppProxy(on: host).type(of: app) != AppProxy.type.fallback else { return }
        host.output.saysWhen(app)
    }

    /// One app, or every one.
    static func apps(_ name: AppName?, _ all: Bool, _ host: Host) async throws -> [App] {
        if all { return try await Apps(on: host).visible() }
        guard let name else { throw Failure(.usage, "Please specify an app to run the command on") }
        return [try await Apps(on: host).find(name)]
    }
}

extension Array where Element: Hashable {
    /// Without repetitions, in the order of the first of each.
    var uniqued: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
