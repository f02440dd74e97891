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

    /// What `work` makes of a file; while another command has it, it reads and writes nothing.
    private func end(
        of work: @escaping @Sendable (Host) async throws -> Void,
        on path: FilePath,
        behind another: @Sendable () async throws -> Void
    ) async throws -> String {
        var impatient = host
        impatient.caller.patience = .zero
        let refused = impatient
        try await DerivedFile(path, on: host).alone {
            let before = try text(path)
            await #expect { try await work(refused) } throws: { Failure($0).code == .busy }
            #expect(try text(path) == before)
            try await another()
        }
        try await work(host)
        return try text(path)
    }

    @Test func `authorized_keys has the key that was added while another was`() async throws {
        let key = try PublicKey(`ssh keys`.key)
        let made = try await end(
            of: { try await SshKeys(on: $0).publish() },
            on: host.paths.authorizedKeys,
            behind: { [host] in
                let now = host.time.now()
                try await host.store.write { try SshKeysTable.insert("ana", key, at: now, $0) }
            }
        )
        #expect(made.split(separator: "\n").count == 1)
    }

    @Test func `.netrc has the login that was added while another was`() async throws {
        let (one, two) = (try GitHost("a.example"), try GitHost("b.example"))
        let made = try await end(
            of: {
                _ = try await GitAccess(on: $0).save(try GitLogin(two, username: "ben", password: "y"), for: two)
            },
            on: host.repositories.home.appending(".netrc"),
            behind: { [host] in
                let login = try GitLogin(one, username: "ana", password: "x")
                try await host.store.write { try GitTable.save(login, $0) }
            }
        )
        #expect(made.split(separator: "\n").count == 2)
    }

    @Test func `known_hosts has the host that was added while another was`() async throws {
        let path = host.repositories.home.appending("known_hosts")
        let made = try await end(
            of: { _ = try await GitAccess(on: $0).allow(try GitHost("b.example")) },
            on: path,
            behind: { try writeFile(path, Array("a.example ssh-rsa AAAA\n".utf8)) }
        )
        #expect(made == "a.example ssh-rsa AAAA\nb.example ssh-rsa BBBB\n")
    }
}
