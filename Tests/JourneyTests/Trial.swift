import Features
import Support
import Testing

/// A way to have an operation, and a point that it passes, where something happens to it.
struct Trial: Sendable {
    let point: String
    let way: Way

    /// Each step of each kind with the ways that pass it, kind by kind; the list is the code's own, so a new step joins
    /// by itself.
    ///
    /// In full every way at every moment; else each step once, and each way at some step.
    static func all(at moments: [String]) -> [[Trial]] { Features.operationKinds.map { all(of: $0, at: moments) } }

    /// The same, but where the count is small one step a kind: one in its middle, where some of it is done and some is
    /// not.
    static func middles(at moments: [String]) -> [Trial] {
        all(at: moments).flatMap { all in
            Sandbox.count(small: 1, full: 2) == 1 ? Array(all.dropFirst(all.count / 2).prefix(1)) : all
        }
    }

    private static func all(of kind: OperationKind, at moments: [String]) -> [Trial] {
        let ways = Way.all(to: kind.name)
        var result: [Trial] = []
        for (index, step) in kind.steps.map(\.name).enumerated() {
            let passing = ways.filter { $0.passes(step) }
            if passing.isEmpty { Issue.record("no way to provoke \(kind.name).\(step)") }
            func trial(_ way: Way, _ moment: Int) -> Trial {
                Trial(point: "\(kind.name).\(step).\(moments[moment % min(2, moments.count)])", way: way)
            }
            guard Sandbox.count(small: 1, full: 2) == 1 else {
                for way in passing {
                    result += moments.map { Trial(point: "\(kind.name).\(step).\($0)", way: way) }
                }
                continue
            }
            result += passing.prefix(1).map { trial($0, index) }
            // Of the other ways each gets its turn.
            guard passing.count > 1 else { continue }
            result.append(trial(passing[1 + index % (passing.count - 1)], index + 1))
        }
        return result
    }

    /// Has the operation begun and waits until its process is frozen at the point.
    ///
    /// - Returns: What is so then in the journal, with the process.
    static func frozen(at fault: PlantedFault, in sandbox: Sandbox) async throws -> JournalEntry {
        var frozen: JournalEntry?
        try await eventually("somebody stopped at \(fault.point)") {
            guard fault.hasStruck else { return false }
            frozen = try await JournalEntry.all(sandbox).first { $0.state == "frozen" }
            return frozen != nil
        }
        return try #require(frozen)
    }
}
