import NIOHTTP1

/// The Docker Engine behind one Unix socket, as one instance of ours sees it.
///
/// A light handle: making one opens nothing, and copies share one client. Everything made through it carries
/// ``instanceLabel``, and that label is in the filter of every list.
package struct Engine: Sendable {
    /// The label whose value says whose an object is; what lacks it is foreign.
    package static let instanceLabel = "slipway.instance"

    /// The label under which an image of ours names its app.
    package static let appLabel = "slipway.app"

    /// The id of the instance, 8 hex digits.
    package let instance: String

    let transport: Transport

    /// - Parameters:
    ///   - socket: The path of the engine's Unix socket.
    ///   - instance: The id that stands in the label of everything made here.
    package init(socket: String, instance: String) {
        self.instance = instance
        transport = Transport(socket: socket)
    }

    /// Closes the connections; a request under way fails.
    package func shutdown() async { await transport.shutdown() }

    /// The path of the engine's Unix socket.
    package var socket: String { transport.socket }

    /// From now on this is told of every question: method and path, the status of the answer, and how long it took.
    package func watch(_ watcher: @escaping @Sendable (String, Int?, Duration) -> Void) { transport.watch(watcher) }

    /// What the engine is, and which version of its API is spoken with it.
    ///
    /// - Throws: ``EngineError/tooOld(api:)`` when it does not speak ``APIVersion/oldest``.
    package func version() async throws -> EngineVersion {
        let api = try await transport.negotiated()
        let facts = try await transport.call(Request(.GET, "/version", isVersioned: false)).decoded(VersionAnswer.self)
        return EngineVersion(
            api: api,
            server: facts.version ?? "",
            os: facts.os ?? "",
            architecture: facts.architecture ?? ""
        )
    }

    /// Labels with the one that makes an object ours.
    func owned(_ labels: [String: String]) -> [String: String] {
        labels.merging([Self.instanceLabel: instance]) { _, ours in ours }
    }

    /// The value of `filters` that leaves out everything foreign.
    func ours(_ labels: [String: String] = [:], and others: [String: [String]] = [:]) -> String {
        let terms = owned(labels).map { "\($0.key)=\($0.value)" }.sorted()
        var filters = others.mapValues { JSON.array($0.map(JSON.string)) }
        filters["label"] = .array(terms.map(JSON.string))
        return JSON.object(filters).text
    }
}

private struct VersionAnswer: Decodable {
    let version: String?
    let os: String?
    let architecture: String?

    private enum CodingKeys: String, CodingKey {
        case version = "Version"
        case os = "Os"
        case architecture = "Arch"
    }
}
