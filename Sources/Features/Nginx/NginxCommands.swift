import ArgumentParser
import Core
import Proxying

enum NginxCommands: Noun {
    static var feature: Feature { .nginx }
    static let all: [any HostCommand.Type] = [
        NginxShowConfig.self, NginxValidateConfig.self, NginxBuildConfig.self, NginxReload.self,
        SetProperty<NginxCommands>.self, ReportCommand<NginxCommands>.self,
    ]

    /// The proxy's own table of properties, as declared properties of this noun.
    static let properties: [Property] = NginxProperty.all.map { property in
        Property(property.name, default: property.initial ?? "", property.name) { try property.validate($0) }
    }
}

struct NginxShowConfig: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "nginx:show-config",
        "What nginx is told of an app",
        examples: ["nginx:show-config shop", "nginx:show-config api"]
    )
    static let permission = Permission.view
    @Argument(help: "App to look at") var app: AppName

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        guard let text = try host.proxy.configuration(of: found.id.text) else { throw Failure.notDeployed(found) }
        host.output.answer(exactly: text)
    }
}

struct NginxValidateConfig: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "nginx:validate-config",
        "Whether nginx accepts what is on the disk",
        examples: ["nginx:validate-config", "nginx:validate-config shop"]
    )
    static let permission = Permission.view
    @Argument(help: "App whose part matters to you") var app: AppName?

    func run(on host: Host) async throws {
        if let app { _ = try await Apps(on: host).find(app) }
        try await host.proxy.check()
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
