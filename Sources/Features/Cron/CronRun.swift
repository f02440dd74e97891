import Core
import Scheduling

/// One time that a task was due or was asked for, and what became of it.
struct CronRun: Sendable, Equatable {
    enum State: String, Sendable {
        /// Somebody has taken it on and has not started it yet.
        case claimed
        case running
        case ended
        /// It could not be started, or nobody knows how it ended.
        case failed
        /// Left out, because the one before it still ran.
        case skipped
        /// Ended, because the next one was due.
        case replaced
        /// Nobody was there when it was due.
        case missed
    }

    var id: Int64 = 0
    var app: AppID
    /// ``CronTask/key``.
    var task: String
    var command: String
    /// When it was due, in minutes since 1970; nil for one that a person asked for.
    var minute: Int64?
    var state: State
    var release: Int?
    /// The name of its container.
    var container: String?
    var startedAt: Timestamp
    var endedAt: Timestamp?
    var exitCode: Int?
    /// Why it is as it is, where there is something to say.
    var reason: String?
    /// How many it stands for: of missed ones only the last is written down.
    var times: Int = 1
    var caller: String

    /// As people read it in a list.
    var words: String {
        switch state {
        case .claimed, .running: "running"
        case .ended: exitCode == 0 ? "ok" : "exit \(exitCode ?? -1)"
        case .missed: times == 1 ? "missed" : "missed \(times)"
        default: state.rawValue
        }
    }
}

extension OneOff {
    static let cronKind = ["com.dokku.container-type": "cron"]

    /// Whether a container with these labels is a program beside the instances: of a person, or of a schedule.
    static func isOne(_ labels: [String: String]) -> Bool {
        [kind, cronKind].contains { $0.allSatisfy { labels[$0.key] == $0.value } }
    }
}
