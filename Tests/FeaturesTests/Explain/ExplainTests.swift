import ArgumentParser
import Core
import Testing

@testable import Features

@Suite struct `explain` {
    @Test(arguments: FailureCode.allCases) func `every code has a page that helps`(code: FailureCode) {
        let page = code.page
        #expect(!page.meaning.isEmpty && !page.meaning.hasSuffix("."))
        #expect(!page.causes.isEmpty && !page.cures.isEmpty)
        #expect(page.lines(code).first == "\(code.rawValue)  \(page.meaning)")
    }

    @Test func `no two codes have the same page`() {
        #expect(Set(FailureCode.allCases.map(\.page.meaning)).count == FailureCode.allCases.count)
    }

    @Test func `one is told by its code in either case, all without one`() throws {
        let transcript = TranscriptOutput()
        try ExplainCommand.parse(["p110"]).say(to: transcript.output)
        #expect(transcript.answer.hasPrefix("P110  The kernel ended a process at its memory limit\n"))
        let all = TranscriptOutput()
        try ExplainCommand.parse([]).say(to: all.output)
        #expect(all.answer.split(separator: "\n").count == FailureCode.allCases.count)
    }

    @Test func `what is no code is refused`() throws {
        #expect { try ExplainCommand.parse(["P1"]).say(to: TranscriptOutput().output) } throws: {
            ($0 as? Failure)?.code == .notFound
        }
    }
}
