import Core

/// A kind of service, as `service.toml` of a plugin declares it.
struct ServiceKind: Sendable, Equatable {
    enum Upgrade: String, Sendable, CaseIterable {
        /// Another version takes over the folders.
        case inPlace = "in-place"
        /// A new server is filled from a dump of the old one.
        case dump
    }

    let name: ServiceKindName
    var title: String
    var image: String
    var version: String
    /// The first is the one in URLs.
    var ports: [UInt16]
    var scheme: String
    /// The variable that an app gets.
    var variable: ConfigKey
    var url: ServiceText
    var upgrade: Upgrade
    /// A restore takes all of a dump at once, or leaves what is there.
    var restoresAtOnce: Bool
    /// The database is called as the service is, without changing `-` into `_`.
    var keepsName: Bool
    /// Databases of the server's own: a service of such a name has one that is called otherwise.
    var reserved: [String]
    /// The server's own administrator.
    var administrator: String
    /// Folders in the container that outlive it.
    var data: [String]
    /// Words of the image's command; empty leaves it.
    var command: [String]
    var hostname: String?
    var environment: [String: ServiceText]
    /// Files in the container, by their path.
    var files: [String: ServiceText]
    /// The line of ``ServicePlaceholder/users`` for one app.
    var userLine: ServiceText?
    var readyWithin: Duration
    /// Of what a dump's proof counts: rows, keys.
    var items: String
    var actions: [ServiceVerb: ServiceAction]

    var hasUsers: Bool { actions[.createUser] != nil }

    /// - Throws: ``Failure`` with code ``FailureCode/notAllowed`` that names what the kind has not.
    func action(_ verb: ServiceVerb) throws -> ServiceAction {
        guard let action = actions[verb] else {
            throw Failure(
                .notAllowed,
                "\(title) has no \(verb.words)",
                why: "its declaration says nothing of [\(verb.rawValue)]"
            )
        }
        return action
    }

    /// `my-db` as the name of a database: `my_db`; `mysql_db` where the server has a `mysql` of its own.
    func database(for service: ServiceName) -> String {
        let name = keepsName ? service.text : service.text.replacing("-", with: "_")
        return reserved.contains(name) ? "\(name)_db" : name
    }
}

/// What a kind can be asked to do inside its container.
enum ServiceVerb: String, Sendable, CaseIterable {
    case ready, prepare, connect
    case createUser = "create-user"
    case removeUser = "remove-user"
    case dump, restore, count, others

    var words: String {
        switch self {
        case .ready: "test of readiness"
        case .prepare: "preparation"
        case .connect: "client to connect with"
        case .createUser, .removeUser: "users"
        case .dump: "export"
        case .restore: "import"
        case .count: "way to count what it holds"
        case .others: "list of what its dumps do not hold"
        }
    }

    /// What may be filled in, besides what holds for all.
    var places: Set<ServicePlaceholder> {
        self == .createUser ? [.user, .userPassword] : self == .removeUser ? [.user] : []
    }
}

/// A program inside the container: words, variables and what it reads.
struct ServiceAction: Sendable, Equatable {
    var run: [ServiceText]
    var environment: [String: ServiceText]
    var input: ServiceText?
}
