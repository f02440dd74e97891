import Core
package import Engine

/// Builds what a Dockerfile says, by BuildKit, or by the engine's classic builder where there is no BuildKit.
package struct Dockerfile: Builder {
    package let name = "dockerfile"

    /// Starts a build at the engine.
    typealias Start =
        @Sendable (BuildOptions, any AsyncSequence<[UInt8], any Error> & Sendable) -> AsyncThrowingStream<
            BuildEvent, any Error
        >

    private let start: Start

    package init(engine: Engine) { self.init { engine.build($0, context: $1) } }

    init(start: @escaping Start) { self.start = start }

    package func recognises(_ source: SourceTree) async throws -> Bool { source.paths.contains("Dockerfile") }

    /// Sends the tree without what `.dockerignore` leaves out, and tells every step.
    ///
    /// - Throws: ``Failure`` with codes ``FailureCode/noDockerfile``, ``FailureCode/buildFailed`` and
    ///   ``FailureCode/buildOutOfMemory``; an `EngineError` when the engine cannot be asked.
    package func build(
        _ request: BuildRequest,
        _ source: SourceTree,
        progress: @escaping @Sendable (BuildProgress) -> Void
    ) async throws -> BuiltImage {
        let path = IgnorePattern.clean(request.dockerfile)
        guard let text = try await source.text(path) else { throw Self.missing(path, in: source.paths) }
        let context = try await BuildContext(source, dockerfile: path)
        var build = DockerfileBuild(
            start: start,
            request: request,
            path: path,
            dockerfile: DockerfileText(text),
            progress: progress
        )
        do {
            return try await build.run(source.tar({ context.keeps($0) }, []), buildKit: true)
        } catch is NoBuildKit {
            progress(.note("the engine has no BuildKit: its classic builder is used"))
        }
        return try await build.run(source.tar({ context.keepsForClassic($0) }, []), buildKit: false)
    }

    private static func missing(_ path: String, in paths: [String]) -> Failure {
        let found = DockerfileText.namesLikeIt(in: paths)
        let setting = "builder-dockerfile:set APP dockerfile-path"
        return Failure(
            .noDockerfile,
            "there is no \(cleaned(path, keepTabs: false)) in this commit",
            why: found.isEmpty
                ? "none of its \(paths.count) files has a name like it"
                : "near it are: \(found.map { quoted($0) }.joined(separator: ", "))",
            fix: found.first.map { "\(setting) \(ShellWords.quote(cleaned($0, keepTabs: false)))" }
                ?? "git add \(ShellWords.quote(cleaned(path, keepTabs: false))), commit and push again"
        )
    }
}
