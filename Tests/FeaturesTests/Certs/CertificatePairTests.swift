import Core
import Programs
import Support
import SystemPackage
import Testing

@testable import Features

@Suite struct `a certificate and its key` {
    let leaf = Array(Sample.leaf.utf8)
    let chain = Array("\(Sample.leaf)\n\(Sample.intermediate)".utf8)
    let key = Array(Sample.key.utf8)

    private func refusal(_ certificates: [UInt8], _ key: [UInt8]) -> Failure? {
        do throws(Failure) {
            _ = try CertificatePair(certificates: certificates, key: key)
            return nil
        } catch { return error }
    }

    @Test func `are taken with whatever stands between the blocks, and written down alike`() throws {
        let plain = try CertificatePair(certificates: chain, key: key)
        let dressed =
            "\u{feff}Bag Attributes\r\n    friendlyName: shop\r\n"
            + String(decoding: chain, as: UTF8.self).replacing("\n", with: "\r\n") + "\r\n\r\n"
        let same = try CertificatePair(
            certificates: Array(dressed.utf8),
            key: Array("\n\n".utf8) + key + Array("\n".utf8)
        )
        #expect(same == plain)
        #expect(plain.chain == "\(Sample.leaf)\n\(Sample.intermediate)\n")
        #expect(plain.key.hasPrefix("-----BEGIN EC PRIVATE KEY-----\n"))
        #expect(plain.key.hasSuffix("-----END EC PRIVATE KEY-----\n"))
    }

    @Test func `lines of any length are read`() throws {
        let lines = Sample.leaf.split(separator: "\n")
        let long = "\(lines[0])\n\(lines.dropFirst().dropLast().joined())\n\(lines[lines.count - 1])"
        #expect(try CertificatePair(certificates: Array(long.utf8), key: key).chain == "\(Sample.leaf)\n")
    }

    @Test(arguments: [["rsa:2048"], ["ed25519"], ["ec", "-pkeyopt", "ec_paramgen_curve:secp384r1"]])
    func `keys of every usual kind are known, as openssl writes them`(kind: [String]) async throws {
        let words = ["req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=a.example", "-newkey"] + kind
        let made = try await Finished.run(Program("/usr/bin/openssl", words + ["-keyout", "-", "-out", "-"]))
            .succeeded("openssl req")
        let archive = try CertsArchive(made.bytes)
        let pair = try CertificatePair(certificates: archive.certificates, key: archive.key)
        #expect(made.out.contains(pair.chain))
        #expect(made.out.contains(pair.key))
        #expect(!pair.chain.contains("KEY"))
    }

    @Test func `of another key are refused`() throws {
        let other = try SelfSigned.make([DomainName("b.example")], from: .now, for: .seconds(60))
        let failure = refusal(leaf, Array(other.key.utf8))
        #expect(failure?.code == .badCertificate)
        #expect(failure?.why == "the certificate of O=Sample\\, Inc, CN=shop.example.com has another public key")
    }

    @Test func `in the wrong order are refused with the right one`() {
        let failure = refusal(Array("\(Sample.intermediate)\n\(Sample.leaf)".utf8), key)
        #expect(failure?.what == "the certificates are in the wrong order")
        #expect(failure?.why == "the key belongs to certificate 2 of 2")
    }

    @Test(arguments: [Sample.encryptedKey, Sample.encryptedPKCS8])
    func `behind a passphrase are refused`(text: String) {
        #expect(refusal(leaf, Array(text.utf8))?.what == "the key is encrypted")
    }

    @Test(arguments: [
        "", "hello", "-----BEGIN PRIVATE KEY-----", Sample.leaf, Sample.key + "\n" + Sample.key,
        Sample.key.replacing("MHcCAQEE", with: "MHcCAQE*"), Sample.key.replacing("MHcCAQEE", with: "AAAAAAAA"),
        String(Sample.key.dropLast(20)), Sample.key.replacing("-----BEGIN EC PRIVATE KEY-----\n", with: ""),
    ])
    func `a key that is none is refused without a word of it`(text: String) throws {
        let failure = try #require(refusal(leaf, Array(text.utf8)))
        #expect(failure.code == .badCertificate)
        let said = [failure.what, failure.why, failure.fix].compactMap { $0 }.joined(separator: "\n")
        for line in Sample.key.split(separator: "\n") where !line.hasPrefix("-----") {
            #expect(!said.contains(line.suffix(20)))
        }
    }

    @Test func `a certificate that is none is refused, and DER says so`() {
        #expect(refusal(Array("hello".utf8), key)?.code == .badCertificate)
        #expect(refusal([0x30, 0x82, 0x01, 0x00], key)?.why == "it is not PEM but DER")
        let damaged = Sample.leaf.replacing("MIIBtDCCAVmg", with: "MIIBtDCCAVmh")
        #expect(refusal(Array(damaged.utf8), key)?.what == "certificate 1 of the file cannot be read")
    }

    @Test func `have a name of their content, and print nothing else`() throws {
        let one = try CertificatePair(certificates: leaf, key: key)
        let two = try CertificatePair(certificates: chain, key: key)
        #expect(one.name != two.name)
        #expect(one.name == (try CertificatePair(certificates: leaf, key: key)).name)
        #expect(one.name.count == 24)
        #expect("\(one)" == "certificate \(one.name)")
        #expect(String(reflecting: one) == "certificate \(one.name)")
    }
}
