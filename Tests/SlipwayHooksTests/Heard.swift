import Synchronization

@testable import SlipwayHooks

/// A hook as a test starts it: what it says and how it ends is remembered.
final class Heard: Sendable {
    private struct State {
        var output = ""
        var error = ""
        var endings: [Int32] = []
    }

    private let state = Mutex(State())

    var output: String { state.withLock(\.output) }
    var error: String { state.withLock(\.error) }
    /// What it ended with; nothing where it came to its end by itself.
    var endings: [Int32] { state.withLock(\.endings) }

    func hook(_ trigger: String?, _ arguments: [String] = [], _ variables: [String: String] = [:]) -> Hook {
        var all = variables
        all["SLIPWAY_TRIGGER"] = trigger
        let known = all
        return Hook(
            Surroundings(
                arguments: arguments,
                variable: { known[$0] },
                write: { descriptor, text in
                    self.state.withLock { if descriptor == 1 { $0.output += text } else { $0.error += text } }
                },
                end: { status in self.state.withLock { $0.endings.append(status) } },
                note: { _ in }
            )
        )
    }
}
