import Core
import Files
import Plugins
import Store
import SystemPackage

extension Feature {
    /// Who may come in.
    static let sshKeys = Feature(
        "ssh-keys",
        "Who may come in",
        commands: SshKeysCommands.all,
        migrations: SshKeysTable.migrations
    )
}

/// What can be done with keys; `authorized_keys` is derived from their rows.
struct SshKeys: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    func all() async throws -> [SshKey] { try await host.store.read { try SshKeysTable.all($0) } }

    func find(_ id: Int64) async throws -> SshKey? { try await host.store.read { try SshKeysTable.find(id, $0) } }

    /// What sshd lets nobody do who comes in by a key of ours.
    static let options = "restrict,pty"

    /// By which of its two marks a key is meant.
    enum Mark: Sendable {
        case name(String)
        case fingerprint(String)
    }

    /// - Throws: ``Failure`` when the name or the key is there already.
    func add(_ name: String, _ key: PublicKey) async throws {
        let isName = name.utf8.allSatisfy { $0.isLetterOrDigit || "-_.@".utf8.contains($0) }
        guard isName, (1...64).contains(name.utf8.count) else {
            throw Failure.malformed("\(quoted(name)) is not a name for a key", fix: "use letters, digits and -_.@")
        }
        let event = event("ssh-keys:add", "\(name) \(key.fingerprint)")
        try await host.store.write { database in
            let present = try SshKeysTable.all(database)
            if present.contains(where: { $0.name == name }) { throw Failure(.taken, "there is a key \(name) already") }
            if let same = present.first(where: { $0.fingerprint == key.fingerprint }) {
                throw Failure(.taken, "this key is there already", why: "its name is \(same.name)")
            }
            try SshKeysTable.insert(name, key, at: event.at, database)
            try HostTable.record(event, database)
        }
        try await publish()
        await Hooks(on: host).tell(.keyAdded, [name, key.fingerprint])
    }

    /// Takes a key away.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/notFound``.
    func remove(_ mark: Mark) async throws -> SshKey {
        let present = try await all()
        let (word, key): (String, SshKey?) =
            switch mark {
            case .name(let name): (name, present.first { $0.name == name } ?? present.first { $0.fingerprint == name })
            case .fingerprint(let text): (text, present.first { $0.fingerprint == text })
            }
        guard let key else {
            throw Failure(.notFound, "there is no key \(quoted(word))", fix: "slipway ssh-keys:list")
        }
        let event = event("ssh-keys:remove", "\(key.name) \(key.fingerprint)")
        try await host.store.write { database in
            try SshKeysTable.delete(key.id, database)
            try HostTable.record(event, database)
        }
        try await publish()
        await Hooks(on: host).tell(.keyRemoved, [key.name, key.fingerprint])
        return key
    }

    private func event(_ name: String, _ detail: String) -> Event {
        Event(name, detail, by: host)
    }

    /// Writes `authorized_keys` from the rows: no shell, no forwarding, a terminal where one is asked for.
    func publish() async throws {
        try await DerivedFile(host.paths.authorizedKeys, on: host).alone {
            try writeFile(host.paths.authorizedKeys, Array(try await authorizedKeys().utf8))
        }
    }

    /// What `authorized_keys` is to be.
    func authorizedKeys() async throws -> String {
        try await all().map { key in
            let root = ShellWords.quote(host.paths.root.string)
            let command = "env SLIPWAY_ROOT=\(root) \(ShellWords.quote(Git.binary)) ssh \(key.id)"
            return "command=\"\(command)\",\(Self.options) \(key.text) \(key.name)\n"
        }.joined()
    }
}
