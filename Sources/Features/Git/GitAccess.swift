import Core
import Files
import Programs
import Repositories
import Store
import SystemPackage

/// What lets git of this host in elsewhere: logins, known hosts, and a key of its own.
struct GitAccess: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    private var netrc: FilePath { host.repositories.home.appending(".netrc") }
    private var knownHosts: FilePath { host.repositories.home.appending("known_hosts") }
    private var key: FilePath { host.repositories.home.appending("id_ed25519") }

    // MARK: Logins

    /// - Returns: False when exactly this is known already.
    func save(_ login: GitLogin, for server: GitHost) async throws -> Bool {
        let event = event("git:auth", "\(login.username) at \(server.name)")
        let isNew = try await host.store.write { database in
            guard try GitTable.login(server, database) != login else { return false }
            try GitTable.save(login, database)
            try HostTable.record(event, database)
            return true
        }
        try await write()
        return isNew
    }

    /// - Returns: False when there was none.
    func remove(_ server: GitHost) async throws -> Bool {
        let event = event("git:auth", "nobody at \(server.name)")
        let wasThere = try await host.store.write { database in
            guard try GitTable.delete(server, database) else { return false }
            try HostTable.record(event, database)
            return true
        }
        try await write()
        return wasThere
    }

    func login(_ server: GitHost) async throws -> GitLogin? {
        try await host.store.read { try GitTable.login(server, $0) }
    }

    /// Writes the file that git reads anew from the rows.
    func write() async throws {
        try await DerivedFile(netrc, on: host).alone {
            let text = try await host.store.read { try GitTable.logins($0) }.map(\.line).joined()
            let bytes = Array(text.utf8)
            if try (readFile(netrc) ?? []) == bytes { return }
            try writeFile(netrc, bytes)
        }
    }

    // MARK: Known hosts

    /// Asks a host for its keys and believes them from now on.
    ///
    /// - Returns: How many were not known before.
    /// - Throws: ``Failure`` with code ``FailureCode/notFound`` when it does not answer.
    func allow(_ server: GitHost) async throws -> Int {
        let words = ["-T", "10"] + (server.port.map { ["-p", "\($0)"] } ?? []) + [server.name]
        let outcome = try await host.programs.run(Program("/usr/bin/ssh-keyscan", words))
        let keys = outcome.text.split(separator: "\n").map { cleaned(String($0), keepTabs: false) }
            .filter { !$0.hasPrefix("#") && $0.split(separator: " ").count == 3 }
        guard !keys.isEmpty else {
            throw Failure(
                .notFound,
                "\(server) shows no key",
                why: "ssh-keyscan got no answer within 10 s",
                fix: "check its name, and write the port behind it: HOST:2222"
            )
        }
        let count = try await DerivedFile(knownHosts, on: host).alone {
            let present = String(decoding: try readFile(knownHosts) ?? [], as: UTF8.self)
            let known = Set(present.split(separator: "\n").map(String.init))
            let new = keys.filter { !known.contains($0) }.sorted()
            if !new.isEmpty { try writeFile(knownHosts, Array((present + new.map { $0 + "\n" }.joined()).utf8)) }
            return new.count
        }
        guard count > 0 else { return 0 }
        let event = event("git:allow-host", server.description)
        try await host.store.write { try HostTable.record(event, $0) }
        return count
    }

    // MARK: The key

    /// The public half of this host's own key; nil when there is none.
    func publicKey() throws -> String? {
        try readFile(key.removingLastComponent().appending("id_ed25519.pub")).map {
            String(decoding: $0, as: UTF8.self).trimmed
        }
    }

    /// Makes the key, where there is none; the private half never leaves this host.
    ///
    /// - Returns: Whether it is new.
    func makeKey() async throws -> Bool {
        if try publicKey() != nil { return false }
        try makeFolder(key.removingLastComponent())
        let comment = "slipway-\(host.settings.instance)"
        try await host.programs.succeed(
            Program("/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", key.string])
        )
        let event = event("git:generate-deploy-key", comment)
        try await host.store.write { try HostTable.record(event, $0) }
        return true
    }

    private func event(_ name: String, _ detail: String) -> Event {
        Event(name, detail, by: host)
    }
}
