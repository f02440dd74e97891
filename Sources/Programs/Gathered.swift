import Synchronization

/// What a program has said, up to its limit.
final class Gathered: Sendable {
    private let gathered = Mutex<[UInt8]>([])
    private let program: Program

    init(_ program: Program) { self.program = program }

    var bytes: [UInt8] { gathered.withLock { $0 } }

    /// - Throws: ``ProgramError/saidTooMuch(program:limit:)``.
    func take(_ bytes: [UInt8]) throws {
        let count = gathered.withLock {
            $0 += bytes
            return $0.count
        }
        if count > program.limit { throw ProgramError.saidTooMuch(program: program.name, limit: program.limit) }
    }
}
