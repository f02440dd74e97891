import Core
import Crypto
import FoundationEssentials

/// A public key and the name of the person or machine it belongs to.
struct SshKey: Sendable, Equatable {
    let id: Int64
    let name: String
    /// `ssh-ed25519 AAAA...`, without options and comment.
    let text: String
    /// `SHA256:...`, as `ssh-keygen -l` writes it.
    let fingerprint: String
}

/// A public key as people hand it in.
struct PublicKey: Sendable, Equatable {
    let text: String
    let fingerprint: String

    private static let types = [
        "ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
        "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
    ]

    /// One line of an OpenSSH public key file; a comment is dropped, options are refused.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(_ given: String) throws {
        let lines = given.split(whereSeparator: \.isNewline).map { String($0).trimmed }.filter { !$0.isEmpty }
        guard let line = lines.first else {
            throw Failure.malformed("there is no key", fix: "slipway ssh-keys:add ana < id_ed25519.pub")
        }
        guard lines.count == 1 else { throw Failure.malformed("there are \(lines.count) keys; add them one by one") }
        let words = line.split(separator: " ").map(String.init)
        guard words.count >= 2, Self.types.contains(words[0]) else {
            throw Failure.malformed(
                "\(quoted(line)) is not a public key",
                fix: "give the .pub file, such as ~/.ssh/id_ed25519.pub"
            )
        }
        guard let blob = Data(base64Encoded: words[1]), Self.type(of: blob) == words[0] else {
            throw Failure.malformed("the key is damaged", fix: "copy the .pub file again, whole")
        }
        text = "\(words[0]) \(words[1])"
        let digest = Data(SHA256.hash(data: blob)).base64EncodedString()
        fingerprint = "SHA256:" + digest.prefix { $0 != "=" }
    }

    /// The type named inside the key itself: a length of four bytes, then the text (RFC 4253 §6.6).
    private static func type(of blob: Data) -> String? {
        let bytes = Array(blob)
        guard bytes.count > 8 else { return nil }
        let length = bytes[..<4].reduce(0) { $0 << 8 | Int($1) }
        guard length > 0, length < 64, bytes.count > 4 + length else { return nil }
        return String(decoding: bytes[4..<(4 + length)], as: UTF8.self)
    }
}
