import Core
import Engine
import Scheduling
import Terminals

/// A person and a program elsewhere, joined until either of them leaves.
struct Attendance: Sendable {
    /// What a program counts as that was ended because nobody was left: killed (128 + SIGKILL).
    static let abandoned: Int32 = 137

    let near: Terminal
    /// The program has a terminal; without one signals are passed to it.
    let isTerminal: Bool
    /// Nil is for ever.
    var limit: Duration?
    let clock: any Clock<Duration>
    /// Told when the time is over, before the program is ended.
    var expired: @Sendable () -> Void = {}

    private enum Parting: Sendable { case ended, left, expired }

    /// Opens the program, so that no signal falls between, and stays until its end.
    ///
    /// - Returns: Its exit status unchanged, or ``abandoned``.
    func attend(_ open: () async throws -> Session) async throws -> Int32 {
        try await near.watched(raw: isTerminal && near.isTerminal) { news in
            let session = try await open()
            do {
                switch try await join(session, news) {
                case .ended: return Int32(truncatingIfNeeded: try await session.status())
                case .left: break
                case .expired: expired()
                }
            } catch {
                await session.abandon()
                throw error
            }
            await session.abandon()
            return Self.abandoned
        }
    }

    private func join(_ session: Session, _ news: AsyncStream<TerminalNews>) async throws -> Parting {
        try await withThrowingTaskGroup(of: Parting?.self) { group in
            group.addTask { try await passOutput(of: session) }
            group.addTask {
                await passInput(to: session)
                return nil
            }
            group.addTask { await heed(news, session) }
            if let limit {
                group.addTask {
                    try await clock.sleep(for: limit)
                    return .expired
                }
            }
            defer { group.cancelAll() }
            while let parting = try await group.next() { if let parting { return parting } }
            return .ended
        }
    }

    private func passOutput(of session: Session) async throws -> Parting {
        for try await frame in session.output {
            do {
                try await near.write(frame.bytes, to: frame.stream == .stdout ? .output : .error)
            } catch {
                // A closed standard error alone ends nothing, as in a shell.
                if frame.stream == .stdout { return .left }
            }
        }
        return .ended
    }

    /// A program that takes no more input may still have much to say.
    private func passInput(to session: Session) async {
        while true {
            let bytes = await near.read()
            guard !bytes.isEmpty else { break }
            guard (try? await session.send(bytes)) != nil else { return }
        }
        if !Task.isCancelled { try? await session.endInput() }
    }

    private func heed(_ news: AsyncStream<TerminalNews>, _ session: Session) async -> Parting? {
        if isTerminal, let size = near.size { try? await session.resize(size) }
        for await message in news {
            switch message {
            case .resized(let size): if isTerminal { try? await session.resize(size) }
            case .signal(let number):
                if isTerminal { return .left }
                try? await session.signal(number)
            case .gone: return .left
            }
        }
        return nil
    }
}
