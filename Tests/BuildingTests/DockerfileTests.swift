import Core
import Engine
import FoundationEssentials
import Synchronization
import Testing

@testable import Building

/// The Dockerfile builder against an engine that says what the test wants; real engines are met by the journeys.
@Suite(.timeLimit(.minutes(1))) struct DockerfileTests {
    private let source = tree(["Dockerfile": "FROM x\nRUN y\n", ".dockerignore": "secret", "secret": "", "a": ""])

    @Test func `a build asks for what the request says and tells the image`() async throws {
        let asked = Mutex<[BuildOptions]>([])
        let builder = Dockerfile { options, _ in
            asked.withLock { $0.append(options) }
            return events([
                .step(BuildStep(digest: "1", name: "[1/2] FROM x", cached: true)),
                .step(BuildStep(digest: "2", name: "[2/2] RUN y", started: .distantPast, completed: .distantPast)),
                .log(step: "2", bytes: Array("hello".utf8)), .image("sha256:1"),
            ])
        }
        var request = BuildRequest(tag: "app:v1", labels: ["a": "b"], dockerfile: "./Dockerfile")
        request.arguments = ["X": "1"]
        request.noCache = true
        request.target = "stage"
        let news = Mutex<[BuildProgress]>([])
        let built = try await builder.build(request, source) { item in news.withLock { $0.append(item) } }
        #expect(built.id == "sha256:1")
        #expect((built.steps, built.cached, built.usedClassic) == (2, 1, false))
        #expect(news.withLock { $0 }.contains(.log(step: "RUN y", "hello")))
        var wanted = BuildOptions()
        wanted.tags = ["app:v1"]
        wanted.labels = ["a": "b"]
        wanted.buildArguments = ["X": "1"]
        wanted.noCache = true
        wanted.target = "stage"
        #expect(asked.withLock { $0 } == [wanted])
    }

    @Test(arguments: [true, false])
    func `an engine without BuildKit is asked again for its classic builder`(_ isRefusal: Bool) async throws {
        let asked = Mutex<[Bool]>([])
        let words = "buildkit not supported by daemon"
        let builder = Dockerfile { options, _ in
            asked.withLock { $0.append(options.buildKit) }
            guard options.buildKit else {
                return events([
                    .classicLine("Step 1/1 : FROM x"), .classicLine(" ---> 12"), .image("sha256:0"), .image("sha256:2"),
                ])
            }
            guard isRefusal else { return events([.failed(message: words, code: nil)]) }
            return AsyncThrowingStream { $0.finish(throwing: refusal(words)) }
        }
        let notes = Mutex(0)
        let built = try await builder.build(BuildRequest(tag: "x"), source) { news in
            if case .note = news { notes.withLock { $0 += 1 } }
        }
        #expect(built.id == "sha256:2")
        #expect(built.usedClassic)
        #expect(asked.withLock { $0 } == [true, false])
        #expect(notes.withLock { $0 } == 1)
    }

    @Test func `a build that fails says where and with which last lines`() async throws {
        let builder = Dockerfile { _, _ in
            events([
                .step(BuildStep(digest: "2", name: "[2/2] RUN y", started: .distantPast)),
                .log(step: "2", bytes: Array("first\nno line end".utf8)),
                .step(BuildStep(digest: "2", name: "[2/2] RUN y", started: .distantPast, error: "exit code: 4")),
                .failed(message: "failed to solve: exit code: 4", code: 4),
            ])
        }
        let failure = Failure(
            .buildFailed,
            "the build failed at RUN y",
            why: "Dockerfile line 2, RUN y: exit 4",
            excerpt: .init(title: "last lines of RUN y", lines: ["first", "no line end"])
        )
        await #expect(throws: failure) { try await builder.build(BuildRequest(tag: "x"), source) { _ in } }
    }

    @Test func `an engine that cannot be reached is not a build that failed`() async throws {
        let error = EngineError.unreachable(socket: "/nowhere", reason: "nothing listens")
        let builder = Dockerfile { _, _ in AsyncThrowingStream { $0.finish(throwing: error) } }
        await #expect(throws: error) { try await builder.build(BuildRequest(tag: "x"), source) { _ in } }
    }

    @Test func `an engine that ends without an image did not build`() async throws {
        let builder = Dockerfile { _, _ in events([.step(BuildStep(digest: "1", name: "[1/1] FROM x"))]) }
        await #expect(throws: Failure.self) { try await builder.build(BuildRequest(tag: "x"), source) { _ in } }
    }

    @Test func `only what the ignore file lets through is sent`() async throws {
        let sent = Mutex<[String]>([])
        let tree = source
        let watched = SourceTree(paths: tree.paths, read: tree.read) { keep, extra in
            sent.withLock { $0 = tree.paths.filter(keep) }
            return tree.tar(keep, extra)
        }
        let builder = Dockerfile { _, _ in events([.image("sha256:1")]) }
        _ = try await builder.build(BuildRequest(tag: "x"), watched) { _ in }
        #expect(sent.withLock { $0 } == [".dockerignore", "Dockerfile", "a"])
    }
}

private func events(_ events: [BuildEvent]) -> AsyncThrowingStream<BuildEvent, any Error> {
    let (stream, continuation) = AsyncThrowingStream<BuildEvent, any Error>.makeStream(
        bufferingPolicy: .bufferingOldest(events.count)
    )
    for event in events { continuation.yield(event) }
    continuation.finish()
    return stream
}

private func refusal(_ words: String) -> EngineError {
    .refused(status: 400, message: words, request: "POST /build")
}
