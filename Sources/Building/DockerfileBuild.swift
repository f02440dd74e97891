import Core
import Engine
import FoundationEssentials

/// The engine says that it has no BuildKit.
struct NoBuildKit: Error {}

/// One build under way.
struct DockerfileBuild {
    let start: Dockerfile.Start
    let request: BuildRequest
    let path: String
    let dockerfile: DockerfileText
    let progress: @Sendable (BuildProgress) -> Void
    private var ledger = BuildLedger()

    init(
        start: @escaping Dockerfile.Start,
        request: BuildRequest,
        path: String,
        dockerfile: DockerfileText,
        progress: @escaping @Sendable (BuildProgress) -> Void
    ) {
        self.start = start
        self.request = request
        self.path = path
        self.dockerfile = dockerfile
        self.progress = progress
    }

    /// - Throws: ``NoBuildKit`` when BuildKit is wanted and the engine has none; nothing was built then.
    mutating func run(_ tar: any AsyncSequence<[UInt8], any Error> & Sendable, buildKit: Bool) async throws
        -> BuiltImage
    {
        let began = ContinuousClock.now
        var image: String?
        do {
            for try await event in start(options(buildKit: buildKit), tar) {
                image = try take(event, buildKit: buildKit) ?? image
            }
        } catch EngineError.refused(_, let message, _) where buildKit && isWithoutBuildKit(message) {
            throw NoBuildKit()
        } catch EngineError.refused(let status, let message, _) where status == 400 || status == 500 {
            throw failure(message, code: nil)
        }
        try Task.checkCancellation()
        tell(ledger.endClassic(at: .now) + ledger.finish())
        guard let image else { throw failure("the engine ended the build without naming an image", code: nil) }
        return BuiltImage(
            id: image,
            stepReports: ledger.reports,
            engineTime: ContinuousClock.now - began,
            usedClassic: !buildKit
        )
    }

    /// Returns the image that an event names.
    private mutating func take(_ event: BuildEvent, buildKit: Bool) throws -> String? {
        switch event {
        case .image(let id): return id
        case .step(let step): tell(ledger.step(StepFact(step)))
        case .log(let step, let bytes): tell(ledger.log(step, bytes))
        case .classicLine(let line): tell(ledger.classic(line, at: .now))
        case .failed(let message, let code):
            if buildKit, isWithoutBuildKit(message) { throw NoBuildKit() }
            tell(ledger.endClassic(at: .now, error: message) + ledger.finish())
            throw failure(message, code: code)
        }
        return nil
    }

    private func tell(_ news: [BuildProgress]) { for item in news { progress(item) } }

    private func failure(_ message: String, code: Int?) -> Failure {
        BuildFailure(step: ledger.failed, message: message, code: code, dockerfile: dockerfile, path: path).failure
    }

    /// The engine has no code of its own for this.
    private func isWithoutBuildKit(_ message: String) -> Bool {
        let words = message.lowercased()
        return ledger.reports.isEmpty && words.contains("buildkit") && words.contains("support")
    }

    private func options(buildKit: Bool) -> BuildOptions {
        var options = BuildOptions()
        options.buildKit = buildKit
        options.dockerfile = path
        options.tags = [request.tag]
        options.labels = request.labels
        options.buildArguments = request.arguments
        options.target = request.target
        options.noCache = request.noCache
        options.pull = request.pull
        options.memory = request.memory
        options.networkMode = request.network
        options.platform = request.platform
        options.extra = request.extra
        options.logins = request.logins
        return options
    }
}

extension StepFact {
    fileprivate init(_ step: BuildStep) {
        self.init(
            digest: step.digest,
            name: step.name,
            cached: step.cached,
            started: step.started.map { Timestamp($0) },
            completed: step.completed.map { Timestamp($0) },
            error: step.error
        )
    }
}

extension Timestamp {
    fileprivate init(_ date: Date) {
        self.init(milliseconds: Int64((date.timeIntervalSince1970 * 1000).rounded()))
    }
}
