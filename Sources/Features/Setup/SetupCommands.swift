import ArgumentParser
import Core

enum SetupCommands {
    static let all: [any HostCommand.Type] = [SetupCommand.self]
}

/// Runs before there is a host, so the frame makes it one from these options.
struct SetupCommand: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "setup", "Make this machine a host; again, to put right what is derived",
        examples: ["setup", "setup --domain example.com"])
    static let permission = Permission.administer

    @Flag(help: "Touch nothing outside the root") var sandbox = false
    @Option(help: "Main configuration file of nginx") var nginxConf = "/etc/nginx/nginx.conf"
    @Option(help: "Where nginx writes its process id") var nginxPid = "/run/nginx.pid"
    @Option(help: "Port of nginx for http") var httpPort = 80
    @Option(help: "Port of nginx for https") var httpsPort = 443
    @Option(help: "Port of sshd") var sshPort = 22
    @Option(help: "The engine's address") var docker = "unix:///var/run/docker.sock"
    @Option(help: "Base domain: a new app answers as NAME.DOMAIN") var domain: DomainName?

    func run(on host: Host) async throws {
        let setup = Setup(on: host)
        try await setup.prepareNetwork()
        try await setup.publish()
        let domains = Domains(on: host)
        if let domain, try await domains.global().isEmpty { _ = try await domains.changeGlobal { _ in [domain] } }
        host.output.step("slipway \(host.settings.instance) is ready in \(host.paths.root)")
    }
}
