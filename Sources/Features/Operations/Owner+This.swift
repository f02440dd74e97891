import Core
import Files
import Glibc
import SystemPackage

extension Owner {
    /// How an owner is now.
    enum Liveness: Sendable {
        case alive
        /// It holds its lock, and does nothing until somebody lets it go on.
        case frozen
        case dead
    }

    /// This very process.
    static var this: Owner {
        Owner(process: getpid(), processStart: ProcessFacts(of: getpid())?.start ?? "", boot: bootID)
    }

    /// Same boot, same start: else it is another process that got the same id.
    var liveness: Liveness {
        guard boot == Self.bootID, let facts = ProcessFacts(of: process), facts.start == processStart, !facts.isGone
        else { return .dead }
        return facts.isStopped ? .frozen : .alive
    }

    /// Whether the process still lives, frozen or not.
    var isAlive: Bool { liveness != .dead }

    /// Ends the process at once, also one that is frozen, and what it has started.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/notAllowed`` when it belongs to somebody else.
    func end() throws {
        guard isAlive, process != getpid() else { return }
        let below = try ProcessFacts.descendants(of: process)
        guard kill(process, SIGKILL) == 0 || errno == ESRCH else {
            throw Failure(
                .notAllowed,
                "process \(process) cannot be ended",
                why: "it belongs to another user of this machine",
                fix: "as root: kill -9 \(process)"
            )
        }
        for child in below where ProcessFacts(of: child.process)?.start == child.start {
            // Another user's child ends with what it reads from; nothing more can be done about it.
            kill(child.process, SIGKILL)
        }
    }

    private static var bootID: String {
        let bytes = try? readFile("/proc/sys/kernel/random/boot_id")
        return String(decoding: bytes ?? [], as: UTF8.self).trimmed
    }
}
