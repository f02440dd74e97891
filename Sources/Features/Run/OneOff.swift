import Core
import Scheduling

/// A program that was run beside the instances of an app; all that is known of it stands in its labels.
struct OneOff: Sendable, Equatable {
    /// The mark of all of them.
    static let kind = ["slipway.one-off": "yes"]
    /// The task of cron that one is, under Dokku's name.
    static let cronLabel = "com.dokku.cron-id"
    /// Dokku's words for what they were started by.
    static let types: Set = ["run", "cron"]

    var handle: String
    /// What the engine calls it: `shop.run.4711`.
    var name: String
    var app: String
    var command: String
    var isRunning: Bool
    var createdAt: Timestamp
    /// When it is ended at the latest.
    var deadline: Timestamp?
    /// The process whose person attends it; nil when nobody does.
    var attendant: Owner?
    /// The task of cron that it is.
    var cronID: String?

    /// `run.4711`.
    var shortName: String { name.hasPrefix("\(app).") ? String(name.dropFirst(app.count + 1)) : name }

    /// Whether it should have ended by now: its time is over, or the process that attended it is dead.
    func isOver(at now: Timestamp) -> Bool {
        if let deadline, deadline < now { return true }
        return attendant.map { !$0.isAlive } ?? false
    }
}

extension OneOff {
    private enum Label {
        static let command = "slipway.command"
        static let created = "slipway.created"
        static let deadline = "slipway.deadline"
        static let limit = "com.dokku.active-deadline-seconds"
    }

    static func labels(_ words: [String], from now: Timestamp, limit: Duration?, attendant: Owner?) -> [String: String]
    {
        var labels = kind
        labels[Label.command] = words.map(ShellWords.quote).joined(separator: " ")
        labels[Label.created] = "\(now.milliseconds)"
        if let limit {
            labels[Label.deadline] = "\((now + limit).milliseconds)"
            labels[Label.limit] = "\(limit.components.seconds)"
        }
        if let attendant {
            labels[Owner.label] = attendant.labelText
        }
        return labels
    }

    init(_ found: ScheduledInstance) {
        func moment(_ label: String) -> Timestamp? {
            found.labels[label].flatMap(Int64.init).map(Timestamp.init(milliseconds:))
        }
        handle = found.handle
        name = found.name
        app = found.labels["com.dokku.app-name"] ?? ""
        command = found.labels[Label.command] ?? ""
        isRunning = found.isRunning
        createdAt = moment(Label.created) ?? Timestamp(milliseconds: 0)
        deadline = moment(Label.deadline)
        cronID = found.labels[Self.cronLabel]
        attendant = found.attendant
    }
}
