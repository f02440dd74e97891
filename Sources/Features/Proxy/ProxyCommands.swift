import ArgumentParser
import Core

enum ProxyCommands: Noun {
    static var feature: Feature { .proxy }
    static let all: [any HostCommand.Type] = [
        ProxyBuildConfig.self, ProxyClearConfig.self, ProxyEnable.self, ProxyDisable.self, ProxySet.self,
        ReportCommand<ProxyCommands>.self,
    ]
}

/// The same as `nginx:build-config`, under the name of the noun that stands for whichever proxy is used.
struct ProxyBuildConfig: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "proxy:build-config",
        "Tell the proxy again",
        examples: ["proxy:build-config shop", "proxy:build-config --all"]
    )
    static let permission = Permission.change
    @Flag(help: "Every app") var all = false
    @Option(parsing: .unconditional, help: "How many apps at once; accepted for Dokku's sake") var parallel: Int?
    @Argument(help: "App") var app: AppName?

    func run(on host: Host) async throws {
        _ = try ManyApps(parallel: parallel)
        if all {
            // One test and one reload however many apps there are.
            try await Nginx(on: host).publishAll()
        } else {
            for found in try await DomainsTargets.apps(app, false, host) { try await Nginx(on: host).publish(found) }
        }
        host.output.step("nginx has been told")
    }
}

struct ProxyClearConfig: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "proxy:clear-config",
        "Have the proxy forget an app until it is told again",
        examples: ["proxy:clear-config shop", "proxy:clear-config --all"]
    )
    static let permission = Permission.change
    @Flag(help: "Every app") var all = false
    @Argument(help: "App") var app: AppName?

    func run(on host: Host) async throws {
        let apps = try await DomainsTargets.apps(app, all, host)
        try await AppProxy(on: host).clear(apps)
        for found in apps { host.output.step("Cleared the proxy configuration of \(found.name)") }
        host.output.detail("again: slipway proxy:build-config \(all ? "--all" : "\(apps[0].name)")")
    }
}

struct ProxyEnable: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "proxy:enable",
        "Put an app behind the proxy again",
        examples: ["proxy:enable shop", "proxy:enable --all"]
    )
    static let permission = Permission.change
    @Flag(help: "Every app") var all = false
    @Option(parsing: .unconditional, help: "How many apps at once; -1 is one for each processor") var parallel: Int?
    @Argument(help: "App") var app: AppName?

    func run(on host: Host) async throws {
        try await ProxySwitch.turn(true, app, all, try ManyApps(parallel: parallel), host)
    }
}

struct ProxyDisable: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "proxy:disable",
        "Take an app from behind the proxy: it runs, and nobody outside reaches it",
        examples: ["proxy:disable shop", "proxy:disable --all"]
    )
    static let permission = Permission.change
    @Flag(help: "Every app") var all = false
    @Option(parsing: .unconditional, help: "How many apps at once; -1 is one for each processor") var parallel: Int?
    @Argument(help: "App") var app: AppName?

    func run(on host: Host) async throws {
        try await ProxySwitch.turn(false, app, all, try ManyApps(parallel: parallel), host)
    }
}

private enum ProxySwitch {
    static func turn(_ isOn: Bool, _ app: AppName?, _ all: Bool, _ many: ManyApps, _ host: Host) async throws {
        let apps = try await DomainsTargets.apps(app, all, host)
        let work: @Sendable (App) async throws -> Void = { found in
            guard try await AppProxy(on: host).setEnabled(isOn, found) else {
                return host.output.heading("proxy of \(found.name) is unchanged")
            }
            host.output.step(isOn ? "Enabled proxy for \(found.name)" : "Disabled proxy for \(found.name)")
        }
        // One that is named alone fails in its own words.
        if all {
            try await many.each(apps, host, isTelling: true, work)
        } else {
            for found in apps { try await work(found) }
        }
    }
}

struct ProxySet: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "proxy:set",
        "Set a property of an app or of all; it holds at once",
        examples: ["proxy:set shop proxy-port 8080", "proxy:set --global type nginx"],
        details:
            "The labels of another proxy than nginx reach the app's processes with its next release.\n\nProperties:\n"
            + AppProxy.properties.map { "  \($0.name.padded(to: 24)) \($0.summary)" }.joined(separator: "\n")
    )
    static let permission = Permission.change
    @Flag(name: .customLong("global"), help: "All apps instead of one") var isGlobal = false
    @Argument(help: "[APP] PROPERTY [VALUE]") var words: [String] = []

    func run(on host: Host) async throws {
        var rest = words[...]
        let app = isGlobal ? nil : try await Apps(on: host).find(try AppName(try word(&rest, "an app")))
        var name = try word(&rest, "a property")
        if name.contains(":") {
            throw Failure(.usage, "\(quoted(name)) is a mapping of ports", fix: "slipway ports:set APP \(quoted(name))")
        }
        var value = rest.popFirst()
        // Dokku's older form names the type alone.
        if value == nil, (try? AppProxy.type.validate(name)) != nil { (name, value) = (AppProxy.type.name, name) }
        guard let property = AppProxy.properties.first(where: { $0.name == name }) else {
            throw Failure(
                .usage,
                "\(quoted(name)) is not a property of proxy",
                fix: "it is one of \(AppProxy.properties.map(\.name).joined(separator: ", "))"
            )
        }
        let wanted = (value ?? "").isEmpty ? nil : value
        guard try await AppProxy(on: host).set(property, to: wanted, of: app) else {
            return host.output.heading("\(name) is unchanged")
        }
        host.output.heading(wanted.map { "Setting \(name) to \($0)" } ?? "Unsetting \(name)")
        if name == AppProxy.type.name, let app, app.current != nil { host.output.saysWhen(app) }
    }

    private func word(_ words: inout ArraySlice<String>, _ what: String) throws -> String {
        guard let word = words.popFirst() else {
            throw Failure(.usage, "Please specify \(what)", fix: "slipway help proxy:set")
        }
        return word
    }
}
