import Core

/// Something that happened, for people who ask later; never holds a secret value.
struct Event: Sendable {
    var at: Timestamp
    var app: App?
    var caller: String
    var name: String
    var detail: String
}

extension Event {
    /// What whoever runs the command does now.
    init(_ name: String, _ detail: String, of app: App? = nil, by host: Host) {
        self.init(at: host.time.now(), app: app, caller: host.caller.name, name: name, detail: detail)
    }
}

/// An event as it was written down.
struct WrittenEvent: Sendable, Equatable {
    var id: Int64
    var at: Timestamp
    var app: String?
    var caller: String
    var name: String
    var detail: String
}
