import Core
import Engine
import Files
import Proxying
import Store
import SystemPackage

extension Feature {
    /// The way from a bare machine to a host.
    static let setup = Feature(
        "setup",
        "Make this machine a host",
        commands: SetupCommands.all,
        migrations: HostTable.migrations
    )
}

/// Makes a root ready, and puts right what is derived; doing it again changes nothing that is right.
struct Setup: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    /// The engine's network of this instance: no traffic between neighbours, addresses of ours in the lower half.
    ///
    /// Everything without a reservation is given an address of the upper half, so nobody can take one of ours while
    /// its owner is down.
    /// - Returns: Whether it was made just now.
    func prepareNetwork() async throws -> Bool { try await Self.prepareNetwork(host.settings, host.engine) }

    private static func prepareNetwork(_ settings: HostSettings, _ engine: Engine) async throws -> Bool {
        guard let subnet = Subnet(settings.subnet) else {
            throw Failure(.noSubnet, "\(quoted(settings.subnet)) is no network")
        }
        if let present = try await engine.network(settings.network) {
            guard present.subnets.contains(subnet.text) else {
                throw Failure(
                    .noSubnet,
                    "the network \(settings.network) is not ours",
                    why: "it has \(present.subnets.joined(separator: ", ")) instead of \(subnet.text)",
                    fix: "docker network rm \(settings.network), then slipway setup"
                )
            }
            return false
        }
        var spec = NetworkSpec(name: settings.network, subnet: subnet.text, ipRange: subnet.floatingRange)
        spec.gateway = subnet.gateway
        spec.options = ["com.docker.network.bridge.enable_icc": "false"]
        _ = try await engine.createNetwork(spec)
        return true
    }

    /// Gives a root that has none its network, under a lock of the machine: another root that is set up meanwhile would
    /// choose the same one, since a network is seen by others once it is made.
    ///
    /// - Parameters:
    ///   - settings: Without a subnet.
    ///   - engine: The one that has the network.
    ///   - lock: The file that every root of this machine locks.
    ///   - keep: Writes the settings down before the network is made, so that none is left over that nobody knows.
    /// - Returns: The settings with the subnet.
    /// - Throws: ``Failure`` with code ``FailureCode/noSubnet``, or what `keep` throws.
    static func takeNetwork(
        _ settings: HostSettings,
        _ engine: Engine,
        lock: FilePath = "/run/lock/slipway-subnets",
        keep: (HostSettings) async throws -> Void
    ) async throws -> HostSettings {
        // A lock file of another user keeps us out; the engine itself then refuses a network that meets another.
        let held = try? await takeLock(lock, within: .seconds(60))
        defer { held?.release() }
        var settings = settings
        settings.subnet = try await chooseSubnet(engine)
        try await keep(settings)
        _ = try await prepareNetwork(settings, engine)
        return settings
    }

    /// A /20 that meets no network of the engine and no route of the machine.
    private static func chooseSubnet(_ engine: Engine) async throws -> String {
        let taken = try await engine.allSubnets().compactMap { Subnet($0) } + Routes.all()
        guard let subnet = Subnet.choose(avoiding: taken) else {
            throw Failure(
                .noSubnet,
                "no private /20 is free",
                why: "\(taken.count) networks and routes take them all",
                fix: "remove networks that nothing uses: docker network ls"
            )
        }
        return subnet.text
    }

    /// Writes everything that is derived.
    func publish() async throws {
        for folder in [
            host.paths.repositories, host.paths.locks, host.paths.logs, host.paths.certificates, host.paths.volumes,
        ] { try makeFolder(folder) }
        try writeFile(host.paths.instance, Array((host.settings.instance + "\n").utf8))
        try await SshKeys(on: host).publish()
        try await host.proxy.install()
        try await DokkuTree(on: host).publish()
    }
}

/// The machine's IPv4 routes (`/proc/net/route`: hexadecimal, little-endian).
enum Routes {
    static func all() throws -> [Subnet] {
        let bytes = try readFile("/proc/net/route") ?? []
        return parse(String(decoding: bytes, as: UTF8.self))
    }

    static func parse(_ text: String) -> [Subnet] {
        text.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(whereSeparator: \.isWhitespace)
            guard fields.count > 7, let base = UInt32(fields[1], radix: 16), let mask = UInt32(fields[7], radix: 16),
                mask != 0
            else { return nil }
            return Subnet(base: base.byteSwapped, length: mask.nonzeroBitCount)
        }
    }
}
