import Core
import Engine
import Scheduling

/// Runs what a kind declares inside a container of a service.
///
/// Secrets go by variables or by standard input, and stand in no failure.
struct ServiceInside: Sendable {
    typealias Source = @Sendable () async throws -> [UInt8]?
    typealias Sink = @Sendable ([UInt8]) async throws -> Void

    /// What a program may say that is no dump.
    private static let longestAnswer = 1 << 20

    let host: Host
    let service: Service
    let kind: ServiceKind
    /// The container.
    let handle: String
    var link: ServiceLink?

    /// Runs a program to its end and gives what it says.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/programFailed`` and the last lines of its standard error.
    @discardableResult
    func answer(_ verb: ServiceVerb, within limit: Duration = .seconds(60)) async throws -> String {
        let gathered = ServiceGathered(limit: Self.longestAnswer)
        try await stream(verb, within: limit) { try await gathered.add($0) }
        return String(decoding: await gathered.bytes, as: UTF8.self)
    }

    /// What the server holds and no dump of it does: databases and users that somebody has made by hand.
    func others() async throws -> [String] {
        guard kind.actions[.others] != nil else { return [] }
        return try await answer(.others).split(whereSeparator: \.isNewline).map { cleaned(String($0), keepTabs: false) }
    }

    /// Runs a program whose output goes to `sink`, and which reads what its declaration says or `source` gives.
    func stream(
        _ verb: ServiceVerb,
        within limit: Duration? = nil,
        from source: Source? = nil,
        to sink: @escaping Sink
    ) async throws {
        let action = try kind.action(verb)
        let values = values
        let input = action.input.map { Array($0.filled(values).utf8) }
        let program = EnteringProgram(
            action.run.map { $0.filled(values) },
            terminal: false,
            environment: action.environment.mapValues { $0.filled(values) }
        )
        let said = ServiceGathered(limit: 8 << 10, keepsEnd: true)
        let once = ServiceOnce(input)
        let read = source ?? { await once.take() }
        let status: Int
        do {
            status = try await withLimit(limit) { try await run(program, read, sink, said) }
        } catch is TimedOut {
            throw failed(
                verb,
                program,
                "it takes longer than \(limit.map { "\($0)" } ?? "it may")",
                said: await said.text
            )
        }
        guard status == 0 else {
            let killed = status == 137 ? ", which is that it was killed" : ""
            throw failed(verb, program, "\(program.command[0]) ended with \(status)\(killed)", said: await said.text)
        }
    }

    private func withLimit(_ limit: Duration?, _ work: @escaping @Sendable () async throws -> Int) async throws -> Int {
        guard let limit else { return try await work() }
        return try await withTimeout(limit, clock: host.time.clock, work)
    }

    private func run(
        _ program: EnteringProgram,
        _ read: @escaping Source,
        _ sink: @escaping Sink,
        _ said: ServiceGathered
    ) async throws -> Int {
        let session = try await host.scheduler.enter(handle, program)
        do {
            try await withThrowingTaskGroup(of: Bool.self) { group in
                group.addTask {
                    for try await frame in session.output {
                        if frame.stream == .stdout {
                            try await sink(frame.bytes)
                        } else {
                            try await said.add(frame.bytes)
                        }
                    }
                    // Some streams end quietly when their reader is cancelled.
                    try Task.checkCancellation()
                    return true
                }
                group.addTask {
                    while let bytes = try await read() {
                        // A program that reads no more says by its status what was wrong.
                        guard (try? await session.send(bytes)) != nil else { return false }
                    }
                    try? await session.endInput()
                    return false
                }
                defer { group.cancelAll() }
                while let isOver = try await group.next() { if isOver { break } }
            }
            return try await session.status()
        } catch {
            await session.abandon()
            throw error
        }
    }

    // MARK: Words

    var values: [ServicePlaceholder: String] { ServiceValues(service, kind, link).all }

    private func failed(_ verb: ServiceVerb, _ program: EnteringProgram, _ why: String, said: String) -> Failure {
        // What a program says may hold what it was given.
        let masked = ServiceSecret.masked(said, [service.password, link?.password ?? ""])
        let lines = masked.split(whereSeparator: \.isNewline).suffix(8).map { cleaned(String($0)) }
        return Failure(
            .programFailed,
            "\(verb.rawValue) of \(service.title) failed",
            why: why,
            fix: "slipway \(service.kind):logs \(service.name) tells what the server says",
            excerpt: lines.isEmpty ? nil : .init(title: "it said:", lines: lines)
        )
    }
}

/// Bytes that are kept up to a limit.
actor ServiceGathered {
    private let limit: Int
    private let keepsEnd: Bool
    private(set) var bytes: [UInt8] = []

    /// - Parameters:
    ///   - limit: So many are kept.
    ///   - keepsEnd: The last ones are; otherwise more is an error.
    init(limit: Int, keepsEnd: Bool = false) {
        (self.limit, self.keepsEnd) = (limit, keepsEnd)
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    func add(_ more: [UInt8]) throws {
        bytes += more
        guard bytes.count > limit else { return }
        guard keepsEnd else { throw Failure(.programFailed, "a program says more than \(byteWords(Int64(limit)))") }
        bytes.removeFirst(bytes.count - limit)
    }
}

/// Gives what it has once, and then nothing.
actor ServiceOnce {
    private var bytes: [UInt8]?

    init(_ bytes: [UInt8]?) { self.bytes = bytes }

    func take() -> [UInt8]? {
        defer { bytes = nil }
        return bytes
    }
}
