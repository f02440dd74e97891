/// Which files of a tree are sent to the engine.
struct BuildContext: Sendable {
    /// The Dockerfile and the ignore file that holds: always sent, as Docker does, since the builder reads them.
    private let always: Set<String>
    private let ignore: DockerIgnore?
    private let hasOwnIgnore: Bool

    /// Reads the ignore file: `<Dockerfile>.dockerignore` beside the Dockerfile, or else `.dockerignore` at the root.
    ///
    /// - Throws: ``Failure`` when it is malformed.
    init(_ source: SourceTree, dockerfile: String) async throws {
        let own = "\(dockerfile).dockerignore"
        let ownText = try await source.text(own)
        let text = if let ownText { ownText } else { try await source.text(".dockerignore") }
        hasOwnIgnore = ownText != nil
        ignore = try text.map { text in try DockerIgnore(text) }
        always = [dockerfile, ".dockerignore"]
    }

    func keeps(_ path: String) -> Bool { always.contains(path) || ignore?.ignores(path) != true }

    /// The classic builder applies a `.dockerignore` that it finds, so it must not find one that does not hold.
    func keepsForClassic(_ path: String) -> Bool { hasOwnIgnore && path == ".dockerignore" ? false : keeps(path) }
}
