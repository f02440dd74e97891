import Core
import Files
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

    /// - Throws: ``Failure`` when the name or the key is there already.
    func add(_ name: String, _ key: PublicKey) async throws {
        let isName = name.utf8.allSatisfy { $0.isLetterOrDigit || "-_.@".utf8.contains($0) }
        guard isName, (1...64).contains(name.utf8.count) else {
            throw Failure.malformed("\(quoted(name)) is not a name for a key", fix: "use letters, digits and -_.@")
        }
        let now = host.time.now()
        try await host.store.write { database in
            let present = try SshKeysTable.all(database)
            if present.contains(where: { $0.name == name }) { throw Failure(.taken, "there is a key \(name) already") }
            if let same = present.first(where: { $0.fingerprint == key.fingerprint }) {
                throw Failure(.taken, "this key is there already", why: "its name is \(same.name)")
            }
            try SshKeysTable.insert(name, key, at: now, database)
        }
        try await publish()
    }

    /// Takes a key away by name or fingerprint.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/notFound``.
    func remove(_ nameOrFingerprint: String) async throws {
        let found = try await all().first { $0.name == nameOrFingerprint || $0.fingerprint == nameOrFingerprint }
        guard let key = found else {
            throw Failure(.notFound, "there is no key \(quoted(nameOrFingerprint))", fix: "slipway ssh-keys:list")
        }
        try await host.store.write { try SshKeysTable.delete(key.id, $0) }
        try await publish()
    }

    /// Writes `authorized_keys` from the rows: no shell, no forwarding, a terminal where one is asked for.
    func publish() async throws { try writeFile(host.paths.authorizedKeys, Array(try await authorizedKeys().utf8)) }

    /// What `authorized_keys` is to be.
    func authorizedKeys() async throws -> String {
        try await all().map { key in
            let root = ShellWords.quote(host.paths.root.string)
            let command = "env SLIPWAY_ROOT=\(root) \(ShellWords.quote(Git.binary)) ssh \(key.id)"
            return "command=\"\(command)\",restrict,pty \(key.text) \(key.name)\n"
        }.joined()
    }
}
