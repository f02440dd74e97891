import Core
import Synchronization
import Testing

struct FailureTests {
    @Test func `exit statuses are the product's list`() {
        let expected: [FailureCode: Core.ExitStatus] = [
            .malformed: .usage, .usage: .usage, .unknownCommand: .usage, .noSuchApp: .noSuchApp, .busy: .busy,
            .locked: .busy, .unconfirmed: .unconfirmed, .notAllowed: .refused, .taken: .refused,
            .newerDatabase: .refused, .buildFailed: .failed, .bug: .failed,
        ]
        for (code, status) in expected { #expect(code.status == status, "\(code)") }
        #expect(
            [Core.ExitStatus.done, .failed, .usage, .refused, .busy, .unconfirmed, .notImplemented, .noSuchApp].map(
                \.rawValue
            ) == [0, 1, 2, 3, 5, 6, 10, 20]
        )
    }

    @Test func `under the name dokku only its own statuses are left`() {
        for code in FailureCode.allCases { #expect([1, 20].contains(code.status.asDokku), "\(code)") }
        #expect(Core.ExitStatus.notImplemented.asDokku == 10)
    }

    @Test func `codes are a letter and three digits, each once`() {
        let codes = FailureCode.allCases.map(\.rawValue)
        #expect(Set(codes).count == codes.count)
        #expect(codes.allSatisfy { $0.count == 4 && $0.hasPrefix("P") && Int($0.dropFirst()) != nil })
    }

    @Test func `any error has words`() {
        struct Odd: Error, CustomStringConvertible { let description = "o\u{1b}[31mdd\ntwo" }
        #expect(Failure(CancellationError()).code == .cancelled)
        #expect(Failure(Failure.noSuchApp("shop")).what == "App shop does not exist")
        let odd = Failure(Odd())
        #expect(odd.code == .bug)
        #expect(odd.why == "oddtwo")
    }

    @Test func `a failure is printed in the product's shape, and no control character with it`() {
        let spoken = Transcript()
        let failure = Failure(
            .loopbackOnly,
            "web listens\u{1b}[31m only on 127.0.0.1",
            why: "it \u{07}does",
            fix: "bind to 0.0.0.0",
            live: "v42 still serves",
            excerpt: .init(title: "last lines", lines: ["a\rb"])
        )
        spoken.output().failure(failure)
        #expect(
            spoken.text == """
                 !     P104 web listens only on 127.0.0.1
                 !     why:  it does
                 !     fix:  bind to 0.0.0.0
                 !     live: v42 still serves
                       last lines
                       | ab

                """
        )
    }

    @Test func `the first word of what serves wins`() {
        let failure = Failure(.bug, "x").serving("v1 serves")
        #expect(failure.live == "v1 serves")
        #expect(failure.serving("v2 serves").live == "v1 serves")
        #expect(failure.serving(nil).live == "v1 serves")
    }

    @Test func `answers and progress go their own ways, and titles fall silent when quiet`() {
        let spoken = Transcript()
        spoken.output(isQuiet: true).title("never")
        let output = spoken.output()
        output.title("shown")
        output.step("step")
        output.detail("detail")
        output.heading("heading")
        output.warn("warn")
        output.answer(exactly: "\u{1b}as it is")
        #expect(spoken.answer == "=====> shown\n\u{1b}as it is")
        #expect(spoken.text == "-----> step\n       detail\n=====> heading\n !     warn\n")
    }
}

@Suite(.timeLimit(.minutes(1))) struct TimeoutTests {
    @Test func `work that is done in time is the answer`() async throws {
        #expect(try await withTimeout(.seconds(60)) { 42 } == 42)
    }

    @Test func `work that takes too long is cancelled and awaited`() async throws {
        let wasCancelled = Mutex(false)
        await #expect(throws: TimedOut.self) {
            try await withTimeout(.milliseconds(20)) {
                do {
                    try await Task.sleep(for: .seconds(300))
                } catch {
                    wasCancelled.withLock { $0 = true }
                    throw error
                }
            }
        }
        #expect(wasCancelled.withLock { $0 })
    }

    @Test func `an error of the work is the error`() async {
        struct Odd: Error {}
        await #expect(throws: Odd.self) { try await withTimeout(.seconds(60)) { throw Odd() } }
    }
}

/// An output that remembers.
final class Transcript: Sendable {
    private let parts = Mutex((answer: "", progress: ""))

    var answer: String { parts.withLock { $0.answer } }
    var text: String { parts.withLock { $0.progress } }

    func output(isQuiet: Bool = false) -> Output {
        Output(isQuiet: isQuiet) { stream, text in
            self.parts.withLock { if stream == .answer { $0.answer += text } else { $0.progress += text } }
        }
    }
}
