import Core
import Scheduling

/// The draft of an app: everything but the image that its next release is made of.
struct Settings: Sendable, Codable, Equatable {
    /// The app's own configuration.
    var config: [ConfigKey: String] = [:]
    /// The host's configuration at that time; the app's own wins.
    var inherited: [ConfigKey: String] = [:]
    var ports: [PortMapping] = []
    var mounts: [Attachment] = []
    /// By process type; `_default_` holds for those without limits of their own.
    var limits: [String: WorkloadLimits] = [:]
    /// Values of properties that shape instances, by `noun.name`.
    var options: [String: String] = [:]
    /// Options of docker's command line for builds, processes and one-off programs.
    var dockerOptions: [DockerOption] = []
    /// What plugins added for the processes of one release; no part of the draft.
    var pluginOptions: [DockerOption] = []

    /// What an instance gets of both configurations.
    var environment: [String: String] {
        let merged = inherited.merging(config) { $1 }
        return Dictionary(uniqueKeysWithValues: merged.map { ($0.key.text, $0.value) })
    }

    init() {}

    /// A record may be older than some of its parts.
    init(from decoder: any Decoder) throws {
        let table = try decoder.container(keyedBy: CodingKeys.self)
        config = try table.decode([ConfigKey: String].self, forKey: .config)
        inherited = try table.decode([ConfigKey: String].self, forKey: .inherited)
        ports = try table.decode([PortMapping].self, forKey: .ports)
        mounts = try table.decode([Attachment].self, forKey: .mounts)
        limits = try table.decode([String: WorkloadLimits].self, forKey: .limits)
        options = try table.decode([String: String].self, forKey: .options)
        dockerOptions = try table.decodeIfPresent([DockerOption].self, forKey: .dockerOptions) ?? []
        pluginOptions = try table.decodeIfPresent([DockerOption].self, forKey: .pluginOptions) ?? []
    }

    /// Whether a release of these settings is another one than a release of `old`.
    ///
    /// An option that `old` knows nothing of is younger than its record, which was made as the default has it.
    func differs(from old: Settings) -> Bool {
        var (mine, others) = (self, old)
        mine.options = options.filter { old.options[$0.key] != nil || Self.defaults[$0.key] ?? $0.value != $0.value }
        (mine.pluginOptions, others.pluginOptions) = ([], [])
        others.options = old.options.filter { options[$0.key] != nil }
        return mine != others
    }

    /// Of every property, by `noun.name`.
    private static let defaults: [String: String] = Dictionary(
        Features.all.flatMap { feature in feature.properties.map { ("\(feature.noun).\($0.name)", $0.fallback) } }
    ) { first, _ in first }

    /// What the engine does when a process ends by itself.
    ///
    /// An app that is not to be restored is not started with the machine, so what starts everything is not asked for.
    var restartPolicy: String {
        let chosen = options["ps.restart-policy"] ?? Ps.restartPolicy.fallback
        let isRestored = options["ps.restore"] != "false"
        return isRestored || !["always", "unless-stopped"].contains(chosen) ? chosen : "on-failure"
    }

    /// A type's own amounts, and the app's for what it has none of.
    func limits(of type: ProcessType) -> WorkloadLimits {
        (limits[type.text] ?? WorkloadLimits()).filled(from: limits[Resource.fallback])
    }
}

/// How a port of the host reaches a port of the containers: `http:80:5000`.
struct PortMapping: Sendable, Codable, Equatable, Hashable {
    var scheme: String
    var host: Port
    var container: Port

    static let schemes = ["http", "https", "grpc", "grpcs"]

    init(scheme: String, host: Port, container: Port) {
        self.scheme = scheme
        self.host = host
        self.container = container
    }

    /// `scheme:host:container`, or `scheme:port` for both the same.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(_ text: String) throws {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        if let scheme = parts.first, ["tcp", "udp", "tls", "sctp"].contains(scheme) {
            throw Failure.malformed(
                "\(quoted(text)) cannot be mapped: nginx passes on \(Self.schemes.joined(separator: ", ")) alone",
                fix:
                    "slipway docker-options:add APP deploy \"-p HOST_PORT:CONTAINER_PORT/\(scheme == "udp" ? "udp" : "tcp")\""
            )
        }
        guard parts.count == 2 || parts.count == 3, Self.schemes.contains(parts[0]) else {
            throw Failure.malformed(
                "\(quoted(text)) is not a port mapping",
                fix: "write scheme:host-port:container-port, the scheme one of \(Self.schemes.joined(separator: ", "))"
            )
        }
        self.init(scheme: parts[0], host: try Port(parts[1]), container: try Port(parts[parts.count - 1]))
    }

    var text: String { "\(scheme):\(host):\(container)" }
}
