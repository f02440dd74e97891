import Core
import Testing

@testable import Building

@Suite struct BuildLedgerTests {
    @Test func `steps are told once each, with their times`() {
        var ledger = BuildLedger()
        var news: [BuildProgress] = []
        news += ledger.step(
            StepFact(digest: "i", name: "[internal] load build context", started: at(0), completed: at(1))
        )
        news += ledger.step(StepFact(digest: "1", name: "[1/3] FROM busybox"))
        news += ledger.step(StepFact(digest: "2", name: "[2/3] COPY a b"))
        news += ledger.step(StepFact(digest: "3", name: "[3/3] RUN  make \t all"))
        #expect(news.isEmpty)
        news += ledger.step(
            StepFact(digest: "2", name: "[2/3] COPY a b", cached: true, started: at(2), completed: at(2))
        )
        news += ledger.step(StepFact(digest: "3", name: "[3/3] RUN  make \t all", started: at(5)))
        news += ledger.step(StepFact(digest: "3", name: "[3/3] RUN  make \t all", started: at(5)))
        let done = StepFact(digest: "3", name: "[3/3] RUN  make \t all", started: at(5), completed: at(18))
        news += ledger.step(done) + ledger.step(done) + ledger.finish()
        #expect(
            news == [
                .stepFinished(report("COPY a b", 2, cached: true)), .started(report("RUN make all", 3)),
                .stepFinished(report("RUN make all", 3, seconds: 13)),
            ]
        )
        #expect(ledger.reports.map(\.name) == ["FROM busybox", "COPY a b", "RUN make all"])
        #expect(ledger.reports.count(where: \.cached) == 1)
        #expect(ledger.failed == nil)
    }

    @Test func `a base image that is looked up and pulled is one step`() {
        var ledger = BuildLedger()
        var news = ledger.step(StepFact(digest: "1", name: "[1/2] FROM x", started: at(0), completed: at(1)))
        news += ledger.step(StepFact(digest: "1", name: "[1/2] FROM x", started: at(2)))
        news += ledger.step(StepFact(digest: "1", name: "[1/2] FROM x", started: at(2), completed: at(9)))
        #expect(news == [.started(report("FROM x", 1, of: 2, seconds: 0))])
        news = ledger.step(StepFact(digest: "2", name: "[2/2] RUN y", started: at(9)))
        #expect(
            news == [.stepFinished(report("FROM x", 1, of: 2, seconds: 8)), .started(report("RUN y", 2, of: 2))]
        )
    }

    @Test func `a base image that is at hand counts as cached, and a step that fails does not finish`() {
        var ledger = BuildLedger()
        _ = ledger.step(StepFact(digest: "1", name: "[1/2] FROM x", started: at(0), completed: at(0)))
        var news = ledger.step(StepFact(digest: "2", name: "[2/2] RUN y", started: at(0)))
        news += ledger.step(StepFact(digest: "2", name: "[2/2] RUN y", started: at(0), completed: at(1), error: "bad"))
        #expect(
            news + ledger.finish() == [
                .stepFinished(report("FROM x", 1, of: 2, cached: true)), .started(report("RUN y", 2, of: 2)),
            ]
        )
    }

    @Test(arguments: [
        ("[2/3] RUN a", "RUN a", 2, 3), ("[builder 10/12] COPY --from=x a b", "COPY --from=x a b", 10, 12),
        ("[linux/amd64 stage-1 1/1] FROM x@sha256:1", "FROM x@sha256:1", 1, 1), ("[1/2] RUN a\n b", "RUN a b", 1, 2),
    ])
    func `instructions are steps`(_ name: String, _ text: String, _ ordinal: Int, _ total: Int) {
        #expect(BuildStepReport(vertex: name) == report(text, ordinal, of: total))
    }

    @Test(arguments: [
        "[internal] load .dockerignore", "exporting to image", "[auth] library/x:pull token", "", "[a/b] RUN x",
        "[internal] load metadata for docker.io/x:1/2",
    ])
    func `what BuildKit does for itself is no step`(_ name: String) {
        #expect(BuildStepReport(vertex: name) == nil)
    }

    @Test func `what steps write comes in whole lines, and the last are kept`() {
        var ledger = BuildLedger()
        _ = ledger.step(StepFact(digest: "2", name: "[2/2] RUN x", started: at(0)))
        var news = ledger.log("2", Array("one\ntw".utf8))
        news += ledger.log("other", Array("between\n".utf8))
        news += ledger.log("2", Array("o\r\n10%\r50%\r100%\nlast".utf8))
        news += ledger.finish()
        #expect(
            news == [
                .log(step: "RUN x", "one"), .log(step: nil, "between"), .log(step: "RUN x", "two"),
                .log(step: "RUN x", "100%"), .log(step: "RUN x", "last"),
            ]
        )
        let many = (1...100).map { "\u{1b}[31mline \($0)\u{1b}[0m\n" }.joined()
        _ = ledger.log("2", Array(many.utf8))
        _ = ledger.step(StepFact(digest: "2", name: "[2/2] RUN x", error: "bad"))
        #expect(ledger.failed?.lastLines.count == 20)
        #expect(ledger.failed?.lastLines.last == "line 100")
    }

    @Test func `a stream without line ends takes no memory`() {
        var buffer = LineBuffer()
        let lines = buffer.push([UInt8](repeating: UInt8(ascii: "x"), count: 100_000))
        #expect(lines.count == 6)
        #expect(lines.allSatisfy { $0.utf8.count == LineBuffer.longest })
    }

    @Test func `the step that was only stopped is not the one that failed`() {
        var ledger = BuildLedger()
        _ = ledger.step(StepFact(digest: "1", name: "[a 1/1] RUN a", error: "context canceled"))
        _ = ledger.step(StepFact(digest: "2", name: "[b 1/1] RUN b", error: "exit code: 3"))
        #expect(ledger.failed?.report?.name == "RUN b")
    }

    @Test func `the classic builder's text is folded the same way`() {
        var ledger = BuildLedger()
        var news: [BuildProgress] = []
        let lines = [
            "Step 1/3 : FROM busybox", " ---> 400f5e917f3e", "Step 2/3 : COPY a b", " ---> Using cache", " ---> 11",
            "Step 3/3 : RUN make", " ---> Running in 22", "hello", "Removing intermediate container 22", " ---> 33",
            "Successfully built 33", "Successfully tagged x:latest",
        ]
        for (second, line) in lines.enumerated() { news += ledger.classic(line, at: at(second)) }
        news += ledger.endClassic(at: at(lines.count)) + ledger.finish()
        #expect(
            news == [
                .started(report("FROM busybox", 1)), .stepFinished(report("FROM busybox", 1, seconds: 2)),
                .started(report("COPY a b", 2)), .stepFinished(report("COPY a b", 2, seconds: 3, cached: true)),
                .started(report("RUN make", 3)), .log(step: "RUN make", "hello"),
                .stepFinished(report("RUN make", 3, seconds: 7)),
            ]
        )
        #expect(ledger.reports.map(\.cached) == [false, true, false])
    }
}

func at(_ seconds: Int) -> Timestamp { Timestamp(milliseconds: 1_700_000_000_000 + Int64(seconds) * 1000) }

func report(_ name: String, _ ordinal: Int, of total: Int = 3, seconds: Int = 0, cached: Bool = false)
    -> BuildStepReport
{
    BuildStepReport(name: name, cached: cached, duration: .seconds(seconds), ordinal: ordinal, total: total)
}
