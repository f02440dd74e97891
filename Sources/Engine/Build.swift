package import FoundationEssentials
import NIOHTTP1

/// A step of a BuildKit build, as it is now.
package struct BuildStep: Equatable, Sendable {
    /// The step's identity through the build.
    package var digest: String
    /// `[2/3] RUN make`, `[internal] load build context`, ...
    package var name: String
    package var cached: Bool
    package var started: Date?
    package var completed: Date?
    /// Why it failed, or empty.
    package var error: String

    package init(
        digest: String,
        name: String,
        cached: Bool = false,
        started: Date? = nil,
        completed: Date? = nil,
        error: String = ""
    ) {
        self.digest = digest
        self.name = name
        self.cached = cached
        self.started = started
        self.completed = completed
        self.error = error
    }
}

/// What a build tells while it runs.
package enum BuildEvent: Equatable, Sendable {
    /// A step is known, begins, or ends; the same step comes several times.
    case step(BuildStep)
    /// A program of a step wrote this; not cut at lines.
    case log(step: String, bytes: [UInt8])
    /// The finished image, `sha256:...`; also of images on the way with the classic builder, whose last counts.
    case image(String)
    /// A line of the classic builder, or of a pull.
    case classicLine(String)
    /// The build failed; nothing follows. `code` is the exit status of the program that failed.
    case failed(message: String, code: Int?)
}

extension Engine {
    /// Builds an image from a tar.
    ///
    /// Nothing is sent before the first event is asked for. The context is sent only as fast as the engine takes it,
    /// and events are read only as fast as they are asked for. Cancelling the reading task, or dropping the stream,
    /// closes the connection, and that cancels the build at the engine. A cancelled reader may see the events just end
    /// instead of a `CancellationError`, as with every `AsyncThrowingStream`: check for cancellation behind the loop.
    ///
    /// - Parameters:
    ///   - options: How to build.
    ///   - context: A tar, `.dockerignore` already applied; read once.
    /// - Returns: Events; a refusal of the whole build is thrown as ``EngineError``.
    package func build<Context: AsyncSequence & Sendable>(
        _ options: BuildOptions,
        context: Context
    ) -> AsyncThrowingStream<BuildEvent, any Error> where Context.Element == [UInt8] {
        let request = options.request(labels: owned(options.labels), context: AnyChunks(context))
        return stream(request, BuildDecoder())
    }

    /// Ends the BuildKit build that was given this id.
    package func cancelBuild(_ id: String) async throws {
        _ = try await transport.call(Request(.POST, "/build/cancel", query: ["id": id]))
    }
}
