import Core

/// A server for apps: a row from which its container, its network and its folders are made.
struct Service: Sendable, Equatable {
    enum State: String, Sendable {
        /// Its making has not come to an end.
        case making
        case live
        /// It is being destroyed.
        case leaving
    }

    /// Never changes; folders, containers and networks carry it.
    let id: AppID
    let kind: ServiceKindName
    var name: ServiceName
    var image: String
    var version: String
    /// Of the server's own administrator.
    var password: String
    var database: String
    var state: State = .making
    /// Nobody starts it but `start`.
    var isStopped = false
    /// Counts up when the data moves to other folders.
    var generation = 1
    /// The engine's name of its container; nil while it has none.
    var container: String?
    /// Bytes.
    var memory: Int64?
    /// Billionths of a core.
    var cpus: Int64?
    /// Further words of the server's command.
    var options: [String] = []
    /// Further variables of the server.
    var environment: [ConfigKey: String] = [:]
    var exposed: [ExposedPort] = []
    /// When backups are made; nil is never.
    var schedule: String?
    /// How many good backups are kept.
    var keep = 7
    var createdAt: Timestamp

    /// As people name it: `postgres db`.
    var title: String { "\(kind) \(name)" }
    var reference: String { "\(image):\(version)" }
    /// The name under which apps find it.
    var hostname: String { "\(kind)-\(name)" }

    /// Where locks and the journal want an app: they go by its id.
    var subject: App {
        get throws { App(id: id, name: try AppName(name.text), createdAt: createdAt) }
    }
}

/// A port of the host that leads to a service: `127.0.0.1:15432` to 5432.
struct ExposedPort: Sendable, Equatable, Hashable, Codable {
    var address: String
    var host: UInt16
    var container: UInt16

    /// Those who want all addresses say so.
    static let loopback = "127.0.0.1"

    /// `15432`, `127.0.0.1:15432` or `0.0.0.0:15432`.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(_ text: String, to container: UInt16) throws {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let address = parts.count == 2 ? parts[0] : Self.loopback
        guard (1...2).contains(parts.count), let number = UInt16(parts[parts.count - 1]), number > 0,
            Subnet.number(address) != nil
        else {
            throw Failure.malformed(
                "\(quoted(text)) is not a port of this host",
                fix: "write 15432, which 127.0.0.1 alone reaches, or ADDRESS:15432"
            )
        }
        (self.address, host, self.container) = (address, number, container)
    }

    /// `5432->127.0.0.1:15432`.
    var text: String { "\(container)->\(address):\(host)" }
}

/// An app that may use a service: the user it has at the server, and the variable that says so.
struct ServiceLink: Sendable, Equatable {
    enum State: String, Sendable {
        /// Its user is being made.
        case making
        case active
    }

    var service: AppID
    var app: AppID
    /// The app's name now.
    var appName: String
    var user: String
    var password: String
    var variable: ConfigKey
    var querystring: String
    var state: State
    var createdAt: Timestamp
}

extension ServiceLink {
    /// Stands for one that is over, of which only the user is known.
    static func leaver(_ user: String, of service: Service, _ kind: ServiceKind) -> ServiceLink {
        ServiceLink(
            service: service.id,
            app: service.id,
            appName: "",
            user: user,
            password: "",
            variable: kind.variable,
            querystring: "",
            state: .making,
            createdAt: service.createdAt
        )
    }
}

/// A dump on the disk, and what is known of it.
struct ServiceBackup: Sendable, Equatable {
    enum State: String, Sendable {
        case running
        /// Whole, and proven by restoring it.
        case good
        case failed
    }

    var id: Int64
    var service: AppID
    var startedAt: Timestamp
    var endedAt: Timestamp?
    var state: State
    /// Its name in the folder of backups.
    var file: String
    var bytes: Int64 = 0
    var checksum = ""
    /// When a throw-away server held what it says.
    var provenAt: Timestamp?
    /// Rows, keys or whatever the kind counts, in the throw-away server.
    var items: Int64?
    var failure: String?
    /// `by hand`, `by the clock`, `before an upgrade`.
    var cause: String
}
