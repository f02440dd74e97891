import ArgumentParser
import Core
import Files
import Testing

@testable import Features

@Suite struct `ssh keys` {
    static let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFsV8ug4y/8811kjP2yVsjn3s+rEee6vdNdzHUV9BsVB ana@laptop"

    @Test func `the fingerprint is that of ssh-keygen`() throws {
        let key = try PublicKey(Self.key)
        #expect(key.fingerprint == "SHA256:cW47u5Vd5J7LDANW4kZfDtCGDSNrigmwbeofy631Msk")
        #expect(!key.text.contains("laptop"))
    }

    @Test(arguments: [
        "", "x", "ssh-ed25519", "ssh-ed25519 AAAA",
        "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIFsV8ug4y/8811kjP2yVsjn3s+rEee6vdNdzHUV9BsVB",
        "command=\"sh\" \(key)", "\(key)\n\(key)", "-----BEGIN OPENSSH PRIVATE KEY-----",
    ])
    func `what is no public key is refused`(text: String) { #expect(throws: Failure.self) { try PublicKey(text) } }

    @Test func `authorized keys hold a forced command and no way around it`() async throws {
        let host = try Host.fake()
        try await SshKeys(on: host).add("ana", try PublicKey(Self.key))
        let text = String(decoding: try #require(try readFile(host.paths.authorizedKeys)), as: UTF8.self)
        #expect(text.hasPrefix("command=\"env SLIPWAY_ROOT=\(host.paths.root) "))
        #expect(text.contains(" ssh 1\",restrict,pty ssh-ed25519 "))
        await #expect(throws: Failure.self) { try await SshKeys(on: host).add("ben", try PublicKey(Self.key)) }
        _ = try await SshKeys(on: host).remove(.name("ana"))
        #expect(try readFile(host.paths.authorizedKeys) == [])
    }

    @Test func `of many that are added at once each has its line`() async throws {
        let host = try Host.fake()
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        let words = Self.key.split(separator: " ")
        let keys = try letters.map { try PublicKey("\(words[0]) \(words[1].dropLast(2))\($0)A") }
        for _ in 0..<2 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (number, key) in keys.enumerated() {
                    group.addTask { try await SshKeys(on: host).add("k\(number)", key) }
                }
                try await group.waitForAll()
            }
            let text = String(decoding: try #require(try readFile(host.paths.authorizedKeys)), as: UTF8.self)
            #expect(text.split(separator: "\n").count == keys.count)
            for key in try await SshKeys(on: host).all() { _ = try await SshKeys(on: host).remove(.name(key.name)) }
        }
    }

    @Test(arguments: ["", "a b", "a\nb", "a\"b", "$(x)"])
    func `a name that could end its line is refused`(name: String) async throws {
        let host = try Host.fake()
        await #expect(throws: Failure.self) { try await SshKeys(on: host).add(name, try PublicKey(Self.key)) }
    }
}

@Suite struct `the commands of ssh keys` {
    static let second =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti ben@desk"
    let fake = Fake()
    let host: Host

    init() async throws {
        host = try Host.fake(fake)
        try await SshKeys(on: host).add("ana", try PublicKey(`ssh keys`.key))
    }

    @Test func `list in Dokku's line and with its keys`() async throws {
        try await SshKeysList.parse([]).run(on: host)
        let print = "SHA256:cW47u5Vd5J7LDANW4kZfDtCGDSNrigmwbeofy631Msk"
        #expect(fake.transcript.answer == "\(print) NAME=\"ana\" SSHCOMMAND_ALLOWED_KEYS=\"restrict,pty\"\n")
        try await SshKeysList.parse(["ana", "--format", "json"]).run(on: host)
        #expect(
            fake.transcript.answer.hasSuffix(
                #"[{"SSHCOMMAND_ALLOWED_KEYS":"restrict,pty","fingerprint":"\#(print)","name":"ana"}]"# + "\n"
            )
        )
        try await SshKeysList.parse(["--format", "text"]).run(on: host)
        await #expect { try await SshKeysList.parse(["ben"]).run(on: host) } throws: { Failure($0).code == .notFound }
    }

    @Test func `remove by name or by fingerprint, never by both`() async throws {
        try await SshKeys(on: host).add("ben", try PublicKey(Self.second))
        await #expect { try await SshKeysRemove.parse([]).run(on: host) } throws: { Failure($0).code == .usage }
        await #expect { try await SshKeysRemove.parse(["ana", "--fingerprint", "SHA256:x"]).run(on: host) } throws: {
            Failure($0).code == .usage
        }
        await #expect { try await SshKeysRemove.parse(["--fingerprint", "ana"]).run(on: host) } throws: {
            Failure($0).code == .notFound
        }
        try await SshKeysRemove.parse(["--fingerprint", try PublicKey(`ssh keys`.key).fingerprint]).run(on: host)
        #expect(fake.transcript.progress.hasSuffix("-----> Removed \"ana\"\n"))
        try await SshKeysRemove.parse(["ben"]).run(on: host)
        #expect(try await SshKeys(on: host).all().isEmpty)
        await #expect { try await SshKeysList.parse([]).run(on: host) } throws: { Failure($0).code == .notFound }
    }

    @Test func `a name or a key that is there is taken, and who let whom in is written down`() async throws {
        await #expect { try await SshKeys(on: host).add("ana", try PublicKey(Self.second)) } throws: {
            Failure($0).code == .taken
        }
        await #expect { try await SshKeys(on: host).add("ben", try PublicKey(`ssh keys`.key)) } throws: {
            Failure($0).code == .taken
        }
        _ = try await SshKeys(on: host).remove(.name("ana"))
        #expect(try await Events(on: host).last(9, of: nil).map(\.name) == ["ssh-keys:add", "ssh-keys:remove"])
    }

    @Test func `a file that is not there is no key`() async throws {
        await #expect { try await SshKeysAdd.parse(["ben", "/nonexistent.pub"]).run(on: host) } throws: {
            Failure($0).code == .notFound
        }
    }
}
