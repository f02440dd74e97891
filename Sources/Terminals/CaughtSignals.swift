import Glibc
import Synchronization

/// Where the handler writes to; -1 while nobody wants signals.
private let inlet = Atomic<Int32>(-1)

/// Signals as bytes of a pipe, while this is held.
///
/// The handler does what a handler may (signal-safety(7)): one write. A signal that was ignored stays ignored, so that
/// `nohup` holds.
final class CaughtSignals: Sendable {
    private let pipe: Pipe
    private let originals: Mutex<[(number: Int32, action: sigaction)]>

    /// - Throws: ``TerminalError/watchedTwice``: a process has one handler for each signal.
    init(_ numbers: [Int32]) throws(TerminalError) {
        pipe = try Pipe()
        originals = Mutex([])
        guard !numbers.isEmpty else { return }
        guard inlet.compareExchange(expected: -1, desired: pipe.inlet, ordering: .sequentiallyConsistent).exchanged
        else { throw .watchedTwice }
        originals.withLock { list in
            for number in numbers { if let old = Self.take(number) { list.append((number, old)) } }
        }
    }

    deinit { release() }

    var outlet: Int32 { pipe.outlet }

    /// Those that came since the last call.
    func take() -> [Int32] { pipe.drain().map(Int32.init) }

    /// Gives every signal back to what it was; twice is fine.
    func release() {
        originals.withLock { list in
            for entry in list {
                var action = entry.action
                _ = sigaction(entry.number, &action, nil)
            }
            list = []
        }
        // Only the holder's: another may have begun since.
        _ = inlet.compareExchange(expected: pipe.inlet, desired: -1, ordering: .sequentiallyConsistent)
    }

    /// The action it had; nil when it stays ignored.
    private static func take(_ number: Int32) -> sigaction? {
        var old = sigaction()
        guard sigaction(number, nil, &old) == 0, !(old.isIgnoring && number != SIGWINCH) else { return nil }
        var action = sigaction()
        action.sa_flags = SA_RESTART
        action.__sigaction_handler.sa_handler = { number in
            let before = errno
            var byte = UInt8(truncatingIfNeeded: number)
            _ = Glibc.write(inlet.load(ordering: .sequentiallyConsistent), &byte, 1)
            errno = before
        }
        return sigaction(number, &action, nil) == 0 ? old : nil
    }
}

extension sigaction {
    fileprivate var isIgnoring: Bool {
        // SIG_IGN is the address 1 in <bits/signum-generic.h>; functions have no equality of their own.
        unsafeBitCast(__sigaction_handler.sa_handler, to: Int.self) == 1
    }
}
