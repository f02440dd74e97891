import NIOHTTP1

/// How an image is to be built.
///
/// The label of the instance is added by the client.
package struct BuildOptions: Equatable, Sendable {
    /// BuildKit, or else the classic builder.
    package var buildKit = true
    /// The Dockerfile's path inside the context.
    package var dockerfile = "Dockerfile"
    /// `repository:tag`.
    package var tags: [String] = []
    package var labels: [String: String] = [:]
    package var buildArguments: [String: String] = [:]
    /// The stage to stop at; nil is the last.
    package var target: String?
    package var noCache = false
    /// Whether to ask registries for newer base images.
    package var pull = false
    /// Bytes; only the classic builder heeds it.
    package var memory: Int64?
    package var networkMode: String?
    /// `linux/arm64`.
    package var platform: String?
    /// An id under which ``Engine/cancelBuild(_:)`` finds a BuildKit build.
    package var id: String?
    /// Further query items in the engine's spelling, such as `shmsize`; one with several values stands there as often.
    package var extra: [String: [String]] = [:]
    /// Who we are to registries; only the classic builder asks as somebody.
    package var logins: [RegistryAuth] = []

    package init() {}

    /// The request, `labels` being all of them.
    func request(labels: [String: String], context: AnyChunks) -> Request {
        var request = Request(
            .POST,
            "/build",
            query: [
                "version": buildKit ? "2" : "1",
                "dockerfile": dockerfile,
                "labels": JSON.map(labels).text,
                "buildargs": buildArguments.isEmpty ? nil : JSON.map(buildArguments).text,
                "target": target,
                "nocache": noCache ? "true" : nil,
                "pull": pull ? "true" : nil,
                "memory": memory.map { "\($0)" },
                "networkmode": networkMode,
                "platform": platform,
                "buildid": id,
                "rm": "true",
                "forcerm": "true",
            ],
            body: .tar(context),
            limit: nil
        )
        if !logins.isEmpty { request.headers.append(("X-Registry-Config", RegistryAuth.configuration(logins))) }
        request.query += tags.map { ("t", $0) }
        request.query += extra.sorted { $0.key < $1.key }.flatMap { name, values in values.map { (name, $0) } }
        return request
    }
}
