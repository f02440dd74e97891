import ArgumentParser
import Core
import Files
import SystemPackage

enum SshKeysCommands {
    static let all: [any HostCommand.Type] = [SshKeysAdd.self, SshKeysRemove.self, SshKeysList.self]
}

struct SshKeysAdd: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "ssh-keys:add",
        "Let a key in",
        examples: ["ssh-keys:add ana /tmp/id_ed25519.pub", "ssh-keys:add ana < ~/.ssh/id_ed25519.pub"]
    )
    static let permission = Permission.administer
    @Argument(help: "Name of the person or machine") var name: String
    @Argument(help: "File with the public key; standard input without it") var file: String?

    /// Root's own file is read with root's rights, which are given up then.
    var staysRoot: Bool { file != nil }

    func run(on host: Host) async throws {
        let bytes: [UInt8]
        if let file {
            guard !file.unicodeScalars.contains("\0"), let read = try readFile(FilePath(file), limit: 64 << 10) else {
                throw Failure(.notFound, "there is no file \(quoted(file))")
            }
            bytes = read
            try Privileges.settle(host.paths.root)
        } else {
            try Input.refuseTerminal("a public key")
            bytes = try Input.read(limit: 64 << 10)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure.malformed("the key is not text")
        }
        let key = try PublicKey(text)
        try await SshKeys(on: host).add(name, key)
        host.output.answer(key.fingerprint)
    }
}

struct SshKeysRemove: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "ssh-keys:remove",
        "Let a key in no more",
        examples: ["ssh-keys:remove ana", "ssh-keys:remove --fingerprint SHA256:abc"]
    )
    static let permission = Permission.administer
    @Argument(help: "Name of the key") var name: String?
    @Option(help: "Fingerprint of the key") var fingerprint: String?

    func run(on host: Host) async throws {
        let key: SshKey
        switch (name, fingerprint) {
        case (let name?, nil): key = try await SshKeys(on: host).remove(.name(name))
        case (nil, let text?): key = try await SshKeys(on: host).remove(.fingerprint(text))
        case (nil, nil): throw Failure(.usage, "Please specify a name or --fingerprint")
        default: throw Failure(.usage, "a name and --fingerprint exclude each other")
        }
        host.output.step("Removed \(quoted(key.name))")
    }
}

struct SshKeysList: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "ssh-keys:list",
        "Who may come in",
        examples: ["ssh-keys:list", "ssh-keys:list --format json"]
    )
    static let permission = Permission.administer
    static let answers: JSONShape? = .list(
        .object(["fingerprint": .text, "name": .text, "SSHCOMMAND_ALLOWED_KEYS": .text])
    )
    @OptionGroup var format: FormatOptions
    @Argument(help: "Only the key of this name") var name: String?

    /// Dokku's keys.
    private struct Shown: Encodable {
        var fingerprint: String
        var name: String
        var SSHCOMMAND_ALLOWED_KEYS = SshKeys.options
    }

    func run(on host: Host) async throws {
        let keys = try await SshKeys(on: host).all().filter { name == nil || $0.name == name }
        if let name, keys.isEmpty {
            throw Failure(.notFound, "there is no key \(quoted(name))", fix: "slipway ssh-keys:list")
        }
        if format.wantsJSON {
            return try host.output.answer(json: keys.map { Shown(fingerprint: $0.fingerprint, name: $0.name) })
        }
        guard !keys.isEmpty else {
            throw Failure(.notFound, "No public keys found", fix: "slipway ssh-keys:add NAME FILE")
        }
        host.output.answer(
            lines: keys.map {
                "\($0.fingerprint) NAME=\"\($0.name)\" SSHCOMMAND_ALLOWED_KEYS=\"\(SshKeys.options)\""
            }
        )
    }
}
