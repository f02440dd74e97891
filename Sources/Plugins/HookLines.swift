import Core
import Synchronization

/// Cuts what a hook says into lines, cleans them, hands them on, and remembers the last twenty.
final class HookLines: Sendable {
    private struct State {
        var pending: [UInt8] = []
        var last: [String] = []
    }

    private let state = Mutex(State())
    private let say: @Sendable (String) -> Void
    /// A line that is longer is cut in pieces, so that a hook without line ends costs no memory.
    private let longest = 8 << 10

    init(_ say: @escaping @Sendable (String) -> Void) { self.say = say }

    var last: [String] { state.withLock(\.last) }

    func push(_ bytes: [UInt8]) {
        let lines = state.withLock { state in
            state.pending += bytes
            var lines: [String] = []
            while let line = Self.cut(&state.pending, longest) { lines.append(Self.text(line)) }
            state.last = (state.last + lines).suffix(20)
            return lines
        }
        for line in lines { say(line) }
    }

    /// The rest, when the last line has no end.
    func finish() {
        if state.withLock({ !$0.pending.isEmpty }) { push([UInt8(ascii: "\n")]) }
    }

    private static func cut(_ bytes: inout [UInt8], _ longest: Int) -> ArraySlice<UInt8>? {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else {
            guard bytes.count > longest else { return nil }
            let line = bytes[..<longest]
            bytes.removeFirst(longest)
            return line
        }
        let line = bytes[..<end]
        bytes.removeFirst(end + 1)
        return line
    }

    private static func text(_ line: ArraySlice<UInt8>) -> String { cleaned(String(decoding: line, as: UTF8.self)) }
}
