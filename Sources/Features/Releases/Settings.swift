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

    /// What an instance gets of both configurations.
    var environment: [String: String] {
        let merged = inherited.merging(config) { $1 }
        return Dictionary(uniqueKeysWithValues: merged.map { ($0.key.text, $0.value) })
    }

    /// Whether a release of these settings is another one than a release of `old`; an option that only one of them
    /// knows of makes no difference, because it is younger than the other's record.
    func differs(from old: Settings) -> Bool {
        var (mine, others) = (self, old)
        mine.options = options.filter { old.options[$0.key] != nil }
        others.options = old.options.filter { options[$0.key] != nil }
        return mine != others
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
