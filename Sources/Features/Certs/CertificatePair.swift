import Core
import Crypto
import SwiftASN1
import X509

/// A certificate chain and the key of its first certificate, known to belong together.
struct CertificatePair: Sendable, Equatable {
    /// PEM, the app's own certificate first.
    let chain: String
    /// PEM, not encrypted.
    let key: String

    /// Checks what somebody gave.
    ///
    /// What stands beside the blocks is dropped, so that the same pair is always the same text.
    /// - Parameters:
    ///   - certificates: PEM with one certificate or more; other blocks are passed over.
    ///   - key: PEM with one private key; other blocks are passed over.
    /// - Throws: ``Failure`` with code ``FailureCode/badCertificate``.
    init(certificates: [UInt8], key: [UInt8]) throws(Failure) {
        let chain = try Self.chain(in: certificates)
        let (secret, text) = try Self.key(in: key)
        guard let index = chain.firstIndex(where: { $0.publicKey == secret.publicKey }) else {
            throw Failure(
                .badCertificate,
                "the key does not belong to the certificate",
                why: "the certificate of \(words(chain[0].subject)) has another public key",
                fix: "give the key with which this certificate was asked for"
            )
        }
        guard index == 0 else {
            throw Failure(
                .badCertificate,
                "the certificates are in the wrong order",
                why: "the key belongs to certificate \(index + 1) of \(chain.count)",
                fix: "put the app's own certificate first, then the one that signed it, and so on"
            )
        }
        self.init(chain: try Self.text(of: chain), key: text)
    }

    /// A pair that was checked before, as a row keeps it.
    init(chain: String, key: String) {
        self.chain = chain
        self.key = key
    }

    /// Names the content: another pair has another name, so its files are others too.
    var name: String {
        var hash = SHA256()
        hash.update(data: Array(chain.utf8))
        hash.update(data: Array(key.utf8))
        return String(
            hash.finalize().flatMap { [$0 >> 4, $0 & 15] }.prefix(24).map { Character(Self.digits[Int($0)]) }
        )
    }

    private static let digits = "0123456789abcdef".unicodeScalars.map { $0 }

    /// The certificates of a PEM text, each one readable.
    static func chain(in bytes: [UInt8]) throws(Failure) -> [Certificate] {
        let blocks = try PEMBlock.all(in: bytes).filter { ["CERTIFICATE", "X509 CERTIFICATE"].contains($0.label) }
        guard !blocks.isEmpty else { throw notPEM("certificate", bytes, form: "x509") }
        var chain: [Certificate] = []
        for block in blocks {
            do { chain.append(try Certificate(derEncoded: block.der)) } catch {
                throw Failure(
                    .badCertificate,
                    "certificate \(chain.count + 1) of the file cannot be read",
                    why: cleaned("\(error)", keepTabs: false),
                    fix: understood
                )
            }
        }
        return chain
    }

    /// What the library says of a key that it cannot read is left out: it might quote it.
    private static func key(in bytes: [UInt8]) throws(Failure) -> (Certificate.PrivateKey, String) {
        let blocks = try PEMBlock.all(in: bytes).filter { $0.label.hasSuffix("PRIVATE KEY") }
        guard let block = blocks.first else { throw notPEM("key", bytes, form: "pkey") }
        guard blocks.count == 1 else { throw Failure(.badCertificate, "the key file holds \(blocks.count) keys") }
        guard !block.isEncrypted else {
            throw Failure(
                .badCertificate,
                "the key is encrypted",
                why: "nobody is there to type a passphrase when nginx starts",
                fix: "openssl pkey -in server.key -out plain.key"
            )
        }
        let document = PEMDocument(type: block.label, derBytes: block.der)
        guard let key = try? Certificate.PrivateKey(pemDocument: document) else {
            throw Failure(.badCertificate, "the key cannot be read", fix: understood)
        }
        return (key, document.pemString + "\n")
    }

    private static func text(of chain: [Certificate]) throws(Failure) -> String {
        do { return try chain.map { try $0.serializeAsPEM().pemString + "\n" }.joined() } catch {
            throw Failure(.badCertificate, "the certificate cannot be written as PEM", why: cleaned("\(error)"))
        }
    }

    private static let understood =
        "keys may be RSA of 2048 bits or more, EC of P-256, P-384 or P-521, or Ed25519"

    private static func notPEM(_ what: String, _ bytes: [UInt8], form: String) -> Failure {
        // A DER file begins with an ASN.1 sequence.
        let isBinary = bytes.first == 0x30
        return Failure(
            .badCertificate,
            "there is no \(what) in the file",
            why: isBinary ? "it is not PEM but DER" : nil,
            fix: isBinary ? "openssl \(form) -inform der -in FILE -out PEMFILE" : "give it as PEM text"
        )
    }
}

/// Never the key, wherever this is printed.
extension CertificatePair: CustomStringConvertible {
    var description: String { "certificate \(name)" }
}

/// A distinguished name in the order in which it is written down.
func words(_ name: DistinguishedName, between separator: String = ", ") -> String {
    cleaned(name.map { "\($0)" }.joined(separator: separator), keepTabs: false)
}
