import Core
import Files
import Programs
import Repositories
import Store
import Support
import SystemPackage
import Testing

@testable import Features

@Suite struct `files that are made of what was read` {
    let folder: TemporaryFolder
    let host: Host

    init() throws {
        folder = try TemporaryFolder()
        var fake = Fake(in: folder.path)
        fake.programs.run = { _ in Outcome(ending: .exited(0), output: Array("b.example ssh-rsa BBBB\n".utf8)) }
        host = try Host.fake(fake)
    }

    private func text(_ path: FilePath) throws -> String { String(decoding: try readFile(path) ?? [], as: UTF8.self) }

    /// What `work` makes of a file that another command has, which adds something before it lets go.
    private func end(
        of work: @escaping @Sendable () async throws -> Void,
        on path: FilePath,
        whileAnotherWrites another: @Sendable () async throws -> Void
    ) async throws -> String {
        let before = try text(path)
        let working = try await DerivedFile(path, on: host).alone {
            let working = Task { try await work() }
            // Time enough for whoever does not wait.
            for _ in 0..<100 where try text(path) == before { try await Task.sleep(for: .milliseconds(2)) }
            try await another()
            return working
        }
        try await working.value
        return try text(path)
    }

    @Test func `authorized_keys has the key that was added while another was`() async throws {
        let key = try PublicKey(`ssh keys`.key)
        let made = try await end(
            of: { [host] in try await SshKeys(on: host).publish() },
            on: host.paths.authorizedKeys,
            whileAnotherWrites: { [host] in
                let now = host.time.now()
                try await host.store.write { try SshKeysTable.insert("ana", key, at: now, $0) }
            }
        )
        #expect(made.split(separator: "\n").count == 1)
    }

    @Test func `.netrc has the login that was added while another was`() async throws {
        let (one, two) = (try GitHost("a.example"), try GitHost("b.example"))
        let made = try await end(
            of: { [host] in
                _ = try await GitAccess(on: host).save(try GitLogin(two, username: "ben", password: "y"), for: two)
            },
            on: host.repositories.home.appending(".netrc"),
            whileAnotherWrites: { [host] in
                let login = try GitLogin(one, username: "ana", password: "x")
                try await host.store.write { try GitTable.save(login, $0) }
            }
        )
        #expect(made.split(separator: "\n").count == 2)
    }

    @Test func `known_hosts has the host that was added while another was`() async throws {
        let path = host.repositories.home.appending("known_hosts")
        let made = try await end(
            of: { [host] in _ = try await GitAccess(on: host).allow(try GitHost("b.example")) },
            on: path,
            whileAnotherWrites: { try writeFile(path, Array("a.example ssh-rsa AAAA\n".utf8)) }
        )
        #expect(made == "a.example ssh-rsa AAAA\nb.example ssh-rsa BBBB\n")
    }
}
