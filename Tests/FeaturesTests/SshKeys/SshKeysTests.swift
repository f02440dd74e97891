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
        try await SshKeys(on: host).remove("ana")
        #expect(try readFile(host.paths.authorizedKeys) == [])
    }

    @Test(arguments: ["", "a b", "a\nb", "a\"b", "$(x)"])
    func `a name that could end its line is refused`(name: String) async throws {
        let host = try Host.fake()
        await #expect(throws: Failure.self) { try await SshKeys(on: host).add(name, try PublicKey(Self.key)) }
    }
}
