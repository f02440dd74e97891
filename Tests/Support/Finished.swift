import Core
package import Programs

/// A program that has ended, as a story looks at it.
package struct Finished: Sendable, CustomStringConvertible {
    package let status: Int32
    package let bytes: [UInt8]
    package private(set) var err: String
    package let duration: Duration

    package init(_ outcome: Outcome, duration: Duration) {
        status = outcome.ending.status
        bytes = outcome.output
        err = outcome.errorText
        self.duration = duration
    }

    /// The same with a standard error that went elsewhere.
    func saying(_ words: String) -> Finished {
        var copy = self
        copy.err = words
        return copy
    }

    package var out: String { String(decoding: bytes, as: UTF8.self) }

    /// Standard output without blanks and line ends at its end.
    package var answer: String {
        String(out.reversed().drop(while: \.isWhitespace).reversed())
    }

    /// What git shows of the server's words, each line without `remote: ` and without the blanks git adds.
    package var transcript: [String] {
        err.split(separator: "\n", omittingEmptySubsequences: false).compactMap { line in
            guard line.hasPrefix("remote:") else { return nil }
            let words = line.dropFirst("remote:".count)
            let trimmed = words.reversed().drop(while: \.isWhitespace).reversed()
            return String(String(trimmed).dropFirst())
        }
    }

    package var description: String {
        "status \(status) after \(duration.words)\n\(out)\(err)"
    }

    /// Runs a program to its end and takes its time.
    package static func run(_ program: Program) async throws -> Finished {
        let start = ContinuousClock.now
        let outcome = try await Programs.live.run(program)
        return Finished(outcome, duration: ContinuousClock.now - start)
    }
}

/// A program that should have succeeded did not.
package struct Unsuccessful: Error, CustomStringConvertible {
    package let what: String
    package let finished: Finished

    package var description: String { "\(what): \(finished)" }
}

extension Finished {
    /// This, when the status is 0.
    ///
    /// - Throws: ``Unsuccessful``.
    package func succeeded(_ what: String) throws -> Finished {
        guard status == 0 else { throw Unsuccessful(what: what, finished: self) }
        return self
    }
}
