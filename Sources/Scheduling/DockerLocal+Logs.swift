import Core
package import Engine

extension DockerLocal {
    package func logs(of handle: String, _ wish: LogWish) -> LogLines {
        LogLines(frames: logFrames(of: handle, wish), hasTimes: wish.timestamps)
    }
}

/// A log line by line, pulled: the engine waits while a line is handled.
///
/// Frames become lines here: the engine cuts where it likes, people read whole lines.
package struct LogLines: AsyncSequence, Sendable {
    private let frames: AsyncThrowingStream<LogFrame, any Error>
    private let hasTimes: Bool

    package init(frames: AsyncThrowingStream<LogFrame, any Error>, hasTimes: Bool) {
        self.frames = frames
        self.hasTimes = hasTimes
    }

    package func makeAsyncIterator() -> Iterator {
        Iterator(frames: frames.makeAsyncIterator(), cutter: LineCutter(hasTimes: hasTimes))
    }

    package struct Iterator: AsyncIteratorProtocol {
        private var frames: AsyncThrowingStream<LogFrame, any Error>.Iterator
        private var cutter: LineCutter
        private var ready: [LogLine] = []
        private var isOver = false

        fileprivate init(frames: AsyncThrowingStream<LogFrame, any Error>.Iterator, cutter: LineCutter) {
            self.frames = frames
            self.cutter = cutter
        }

        package mutating func next(isolation actor: isolated (any Actor)? = #isolation) async throws -> LogLine? {
            while ready.isEmpty, !isOver {
                if let frame = try await frames.next(isolation: actor) {
                    ready = cutter.push(frame.bytes, isError: frame.stream == .stderr).reversed()
                } else {
                    isOver = true
                    ready = cutter.finish().reversed()
                }
            }
            return ready.popLast()
        }
    }
}

/// Cuts the bytes of both streams into lines.
struct LineCutter {
    private let hasTimes: Bool
    private var rests: [Bool: [UInt8]] = [:]

    init(hasTimes: Bool) { self.hasTimes = hasTimes }

    mutating func push(_ bytes: [UInt8], isError: Bool) -> [LogLine] {
        var rest = (rests[isError] ?? []) + bytes
        var lines: [LogLine] = []
        var start = rest.startIndex
        while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(line(rest[start..<end], isError))
            start = rest.index(after: end)
        }
        rest.removeSubrange(..<start)
        rests[isError] = rest
        return lines
    }

    /// What stands after the last line end.
    mutating func finish() -> [LogLine] {
        [false, true].compactMap { isError in
            guard let rest = rests[isError], !rest.isEmpty else { return nil }
            return line(rest[...], isError)
        }
    }

    private func line(_ bytes: ArraySlice<UInt8>, _ isError: Bool) -> LogLine {
        var text = String(decoding: bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes, as: UTF8.self)
        var time = ""
        if hasTimes, let blank = text.firstIndex(of: " ") {
            time = String(text[..<blank])
            text = String(text[text.index(after: blank)...])
        }
        return LogLine(time: time, isError: isError, text: cleaned(text))
    }
}
