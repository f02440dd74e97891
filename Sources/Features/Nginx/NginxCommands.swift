import ArgumentParser
import Core
import Proxying

enum NginxCommands: Noun {
    static var feature: Feature { .nginx }
    static var computesGlobally: Bool { false }
    static let all: [any HostCommand.Type] = [
        NginxShowConfig.self, NginxValidateConfig.self, NginxBuildConfig.self, NginxReload.self, NginxStart.self,
        NginxStop.self, NginxAccessLogs.self, NginxErrorLogs.self, SetProperty<NginxCommands>.self,
        ReportCommand<NginxCommands>.self,
    ]

    /// The proxy's own table of properties, as declared properties of this noun.
    static let properties: [Property] = NginxProperty.all.map { property in
        Property(property.name, default: property.initial ?? "", property.summary) { try property.validate($0) }
    }

    static func set(_ property: Property, to value: String?, of app: App?, on host: Host) async throws -> Bool {
        try await Nginx(on: host).set(property, to: value, of: app)
    }

    static func didSet(_ property: Property, of app: App?, on host: Host) async throws {
        try await Nginx(on: host).saysWhen(property, of: app)
    }
}

struct NginxShowConfig: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "nginx:show-config",
        "What nginx is told of an app",
        examples: ["nginx:show-config shop", "nginx:show-config api --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .object(["app": .text, "config": .text])
    @OptionGroup var format: FormatOptions
    @Argument(help: "App to look at") var app: AppName

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        guard let text = try host.proxy.configuration(of: found.id.text) else { throw Failure.notDeployed(found) }
        if format.wantsJSON { return try host.output.answer(json: ["app": found.name.text, "config": text]) }
        host.output.answer(exactly: text)
    }
}

struct NginxValidateConfig: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "nginx:validate-config",
        "Whether nginx accepts what is on the disk",
        examples: ["nginx:validate-config", "nginx:validate-config shop --clean"],
        details: """
            The first broken file and its line are named. With an app only its own part is looked at, unless nginx stops
            at a file that is no app's. With --clean what is ours and broken is taken away
            until nginx accepts the rest: the text of an app until it is told again, a file in an app's
            nginx.conf.d by a name that ends in .broken. What is not ours stays.
            """
    )
    static let permission = Permission.change
    @Flag(help: "Take away what is ours and broken") var clean = false
    @Argument(help: "The only app that is looked at") var app: AppName?

    func run(on host: Host) async throws {
        var found: App?
        if let app { found = try await Apps(on: host).find(app) }
        guard clean else {
            if let found { try await host.proxy.check(only: found.id.text) } else { try await host.proxy.check() }
            let what = found.map { "what it is told of \($0.name)" } ?? "its configuration"
            return host.output.step("nginx accepts \(what)")
        }
        for path in try await Nginx(on: host).clean(found) { host.output.warn("\(path) was broken and is taken away") }
        host.output.step("nginx accepts its configuration")
    }
}

struct NginxBuildConfig: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "nginx:build-config",
        "Tell nginx again",
        examples: ["nginx:build-config shop", "nginx:build-config --all"]
    )
    static let permission = Permission.change
    @Flag(help: "Every app") var all = false
    @Argument(help: "App") var app: AppName?

    func run(on host: Host) async throws {
        if all {
            try await Nginx(on: host).publishAll()
        } else {
            guard let app else { throw Failure(.usage, "Please specify an app to run the command on") }
            try await Nginx(on: host).publish(try await Apps(on: host).find(app))
        }
        host.output.step("nginx has been told")
    }
}

struct NginxReload: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "nginx:reload",
        "Test nginx's whole configuration and have it read again",
        examples: ["nginx:reload", "nginx:reload --quiet"]
    )
    static let permission = Permission.administer

    func run(on host: Host) async throws {
        try await host.proxy.reload()
        host.output.step("nginx has read its configuration again")
    }
}

struct NginxStart: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "nginx:start",
        "Start nginx, if it accepts its configuration",
        examples: ["nginx:start", "nginx:start --quiet"]
    )
    static let permission = Permission.administer

    func run(on host: Host) async throws {
        let isNew = try await Nginx(on: host).setRunning(true)
        isNew ? host.output.step("nginx runs") : host.output.heading("nginx runs already: unchanged")
    }
}

struct NginxStop: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "nginx:stop",
        "End nginx once it has finished its requests: no app is reached then",
        examples: ["nginx:stop", "nginx:stop --quiet"]
    )
    static let permission = Permission.administer

    func run(on host: Host) async throws {
        let wasRunning = try await Nginx(on: host).setRunning(false)
        wasRunning
            ? host.output.step("nginx has ended; nginx:start starts it")
            : host.output.heading("nginx does not run: unchanged")
    }
}
