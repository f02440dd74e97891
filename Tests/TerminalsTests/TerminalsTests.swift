import Core
import Glibc
import Support
import Testing

@testable import Terminals

/// One after another: a process has one handler for each signal.
@Suite("Terminal", .serialized, .timeLimit(.minutes(1)))
struct TerminalsTests {
    init() { signal(SIGPIPE, SIG_IGN) }

    @Test func `what was sent is read in order up to its end`() async throws {
        let keys = try Ends()
        let terminal = try Terminal(input: keys.outlet, signals: [])
        let sent = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let sender = Thread {
            _ = keys.write(sent); keys.closeInlet()
        }
        var read: [UInt8] = []
        while case let piece = await terminal.read(), !piece.isEmpty { read += piece }
        sender.join()
        #expect(read == sent)
    }

    @Test func `a slow reader gets every byte`() async throws {
        let screen = try Ends()
        let terminal = try Terminal(output: screen.inlet, signals: [])
        let sent = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let reader = Reading(screen.outlet, of: sent.count)
        try await terminal.write(sent, to: .output)
        #expect(reader.join() == sent)
    }

    @Test func `errors go to the other descriptor`() async throws {
        let (screen, trouble) = (try Ends(), try Ends())
        let terminal = try Terminal(output: screen.inlet, error: trouble.inlet, signals: [])
        try await terminal.write(Array("out".utf8), to: .output)
        try await terminal.write(Array("err".utf8), to: .error)
        #expect(Reading(screen.outlet, of: 3).join() == Array("out".utf8))
        #expect(Reading(trouble.outlet, of: 3).join() == Array("err".utf8))
    }

    @Test func `a reader that leaves is news, the end of input is none`() async throws {
        let (keys, screen) = (try Ends(), try Ends())
        let terminal = try Terminal(input: keys.outlet, output: screen.inlet, signals: [])
        keys.closeInlet()
        let first = try await terminal.watched(raw: false) { news in
            #expect(await terminal.read().isEmpty)
            screen.closeOutlet()
            return await news.first { _ in true }
        }
        #expect(first == .gone)
        await #expect(throws: TerminalError.gone) { try await terminal.write([1], to: .output) }
    }

    @Test func `a cancelled read ends at once`() async throws {
        let keys = try Ends()
        let terminal = try Terminal(input: keys.outlet, signals: [])
        let read = await withTaskGroup(of: [UInt8].self) { group in
            group.addTask { await terminal.read() }
            group.cancelAll()
            return await group.next()
        }
        #expect(read == [])
    }

    @Test func `every key passes while it is watched, and the mode comes back when that fails`() async throws {
        let pair = try PseudoTerminal()
        let terminal = try Terminal(input: pair.slave, output: pair.slave, signals: [])
        #expect(terminal.isTerminal)
        let before = pair.localFlags
        #expect(before & UInt32(ISIG | ICANON | ECHO) == UInt32(ISIG | ICANON | ECHO))
        await #expect(throws: TerminalError.gone) {
            try await terminal.watched(raw: true) { _ in
                #expect(pair.localFlags & UInt32(ISIG | ICANON | ECHO) == 0)
                pair.type([0x03])
                #expect(await terminal.read() == [0x03])
                throw TerminalError.gone
            }
        }
        #expect(pair.localFlags == before)
    }

    @Test func `another size is news`() async throws {
        let pair = try PseudoTerminal()
        let terminal = try Terminal(input: pair.slave, output: pair.slave)
        #expect(terminal.size == nil, "a terminal that nobody sized does not know")
        pair.resize(columns: 100, rows: 40)
        #expect(terminal.size == TerminalSize(columns: 100, rows: 40))
        let news = try await terminal.watched(raw: false) { news in
            pair.resize(columns: 90, rows: 30)
            kill(getpid(), SIGWINCH)
            return await news.first { _ in true }
        }
        #expect(news == .resized(TerminalSize(columns: 90, rows: 30)))
    }

    @Test func `a signal is news while it is watched and has its old meaning after`() async throws {
        let screen = try Ends()
        let terminal = try Terminal(output: screen.inlet, signals: [SIGUSR1])
        var old = sigaction()
        sigaction(SIGUSR1, nil, &old)
        let news = try await terminal.watched(raw: false) { news in
            kill(getpid(), SIGUSR1)
            return await news.first { _ in true }
        }
        #expect(news == .signal(SIGUSR1))
        var new = sigaction()
        sigaction(SIGUSR1, nil, &new)
        #expect(handler(of: new) == handler(of: old))
    }

    @Test func `two that want signals at once are refused`() async throws {
        let screen = try Ends()
        let (one, other) = (try Terminal(output: screen.inlet), try Terminal(output: screen.inlet))
        try await one.watched(raw: false) { _ in
            await #expect(throws: TerminalError.watchedTwice) { try await other.watched(raw: false) { _ in } }
        }
        try await other.watched(raw: false) { _ in }
    }

    private func handler(of action: sigaction) -> Int {
        unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
    }
}
