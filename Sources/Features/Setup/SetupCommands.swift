import ArgumentParser
import Core
import Glibc

enum SetupCommands {
    static let all: [any HostCommand.Type] = [SetupCommand.self]
}

/// Runs before there is a host, so the frame makes it one from these options.
///
/// An option that is left out stays what it was.
struct SetupCommand: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "setup",
        "Make this machine a host; again, to put right what is derived",
        examples: ["setup", "setup --domain example.com"]
    )
    static let permission = Permission.administer

    @Flag(help: "Touch nothing outside the root") var sandbox = false
    @Option(help: "Main configuration file of nginx") var nginxConf: String?
    @Option(help: "Where nginx writes its process id") var nginxPid: String?
    @Option(help: "Port of nginx for http") var httpPort: Int?
    @Option(help: "Port of nginx for https") var httpsPort: Int?
    @Option(help: "Port of sshd") var sshPort: Int?
    @Option(help: "The engine's address") var docker: String?
    @Option(help: "Base domain: a new app answers as NAME.DOMAIN") var domain: DomainName?

    /// Root makes the machine ready and becomes the root's owner by itself, in between.
    var staysRoot: Bool { true }

    func run(on host: Host) async throws {
        let setup = Setup(on: host)
        let isNew = try await setup.prepareNetwork()
        if isNew { host.output.step("network \(host.settings.network)") }
        try await setup.publish()
        let domains = Domains(on: host)
        if let base = domain ?? setup.baseDomain, try await domains.global().isEmpty {
            _ = try await domains.changeGlobal { _ in [base] }
        }
        host.output.step("slipway \(host.settings.instance) is ready in \(host.paths.root)")
    }

    /// What this machine is told, over what it was told before, over what is usual.
    ///
    /// The instance is made up once and then stays; the subnet is empty until one is chosen; a sandbox never becomes
    /// a host, nor the other way round.
    func settings(over present: HostSettings?) -> HostSettings {
        let isSandbox = present?.isSandbox ?? sandbox
        let socket = docker.map { $0.hasPrefix("unix://") ? String($0.dropFirst("unix://".count)) : $0 }
        let digits = (0..<8).map { _ in String(Int.random(in: 0..<16), radix: 16) }.joined()
        return HostSettings(
            instance: present?.instance ?? digits,
            isSandbox: isSandbox,
            engineSocket: socket ?? present?.engineSocket ?? "/var/run/docker.sock",
            subnet: present?.subnet ?? "",
            nginxConfiguration: nginxConf ?? present?.nginxConfiguration ?? "/etc/nginx/nginx.conf",
            nginxPidFile: nginxPid ?? present?.nginxPidFile ?? "/run/nginx.pid",
            httpPort: httpPort ?? present?.httpPort ?? 80,
            httpsPort: httpsPort ?? present?.httpsPort ?? 443,
            sshPort: sshPort ?? present?.sshPort ?? 22,
            bindAddress: isSandbox ? "127.0.0.1" : nil,
            sshAddress: isSandbox
                ? "\(Privileges.userName(getuid()))@127.0.0.1" : "\(MachineFiles.user)@\(Host.hostName())"
        )
    }
}

extension Setup {
    /// The base domain of a host that was told none: its own name.
    fileprivate var baseDomain: DomainName? {
        let name = Host.hostName().lowercased()
        return host.settings.isSandbox || name == "localhost" ? nil : try? DomainName(name)
    }
}
