import Core
import NIOHTTP1

package import FoundationEssentials

extension Engine {
    /// What a container wrote, oldest first.
    ///
    /// - Parameters:
    ///   - container: Its name or id.
    ///   - follow: Whether to go on until it ends; otherwise up to now.
    ///   - tail: How many of the last lines; nil is all.
    ///   - since: Nothing older than this.
    ///   - timestamps: Whether each line starts with its RFC 3339 time and a blank.
    ///   - terminal: Whether it has a terminal; nil asks the engine.
    /// - Returns: Frames of one line each, longer lines in pieces of 16 kB; with a terminal in pieces as they come.
    package func logs(
        _ container: String,
        follow: Bool = false,
        tail: Int? = nil,
        since: Date? = nil,
        timestamps: Bool = false,
        terminal: Bool? = nil
    ) -> AsyncThrowingStream<LogFrame, any Error> {
        let request = Request(
            .GET,
            "/containers/\(Request.segment(container))/logs",
            query: [
                "stdout": "true",
                "stderr": "true",
                "follow": follow ? "true" : nil,
                "tail": tail.map { "\($0)" },
                "since": since.map(EngineDate.query),
                "timestamps": timestamps ? "true" : nil,
            ],
            limit: nil
        )
        return stream(words: request.words) { [self] in
            let known = terminal != nil ? terminal : try await self.container(container)?.terminal
            return (request, FrameDecoder(terminal: known ?? false))
        }
    }
}
