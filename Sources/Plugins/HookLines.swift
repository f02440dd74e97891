import Core
import Synchronization

/// Cuts what a hook says into lines, cleans them, hands them on, and remembers the last twenty.
///
/// A hook may say ``most`` lines; what is beyond is read and dropped, so that a flood neither fills a terminal nor holds
/// the hook up.
final class HookLines: Sendable {
    fileprivate struct State {
        var pending: [UInt8] = []
        var last: [String] = []
        var count = 0
    }

    private let state = Mutex(State())
    private let say: @Sendable (String) -> Void
    /// A line that is longer is cut in pieces, so that a hook without line ends costs no memory.
    private let longest = 8 << 10
    static let most = 2000

    init(_ say: @escaping @Sendable (String) -> Void) { self.say = say }

    var last: [String] { state.withLock(\.last) }

    func push(_ bytes: [UInt8]) {
        let (lines, isFull) = state.withLock { state in
            let before = state.count
            let lines = state.take(bytes, longest).map { cleaned(String(decoding: $0, as: UTF8.self)) }
            state.count += lines.count
            state.last = (state.last + lines).suffix(20)
            let shown = Array(lines.prefix(max(0, Self.most - before)))
            return (shown, before <= Self.most && state.count > Self.most)
        }
        for line in lines { say(line) }
        if isFull { say("(more than \(Self.most) lines: the rest is left out)") }
    }

    /// The rest, when the last line has no end.
    func finish() {
        if state.withLock({ !$0.pending.isEmpty }) { push([UInt8(ascii: "\n")]) }
    }
}

extension HookLines.State {
    /// The lines that are whole by now.
    fileprivate mutating func take(_ bytes: [UInt8], _ longest: Int) -> [ArraySlice<UInt8>] {
        pending += bytes
        var lines: [ArraySlice<UInt8>] = []
        var rest = pending[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(rest[..<end])
            rest = rest[(end + 1)...]
        }
        while rest.count > longest {
            lines.append(rest.prefix(longest))
            rest = rest.dropFirst(longest)
        }
        pending = Array(rest)
        return lines
    }
}
