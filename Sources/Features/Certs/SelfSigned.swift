import Core
import Crypto
import FoundationEssentials
import SwiftASN1
import X509

/// Certificates that no authority stands behind.
enum SelfSigned {
    /// Makes a certificate with a new P-256 key.
    ///
    /// - Parameters:
    ///   - names: At least one; the first is its common name too where it fits.
    ///   - start: From when it is valid.
    ///   - validity: For how long, in whole seconds.
    /// - Returns: The pair.
    /// - Throws: ``Failure`` with code ``FailureCode/badCertificate``.
    static func make(_ names: [DomainName], from start: Timestamp, for validity: Duration) throws -> CertificatePair {
        let key = P256.Signing.PrivateKey()
        // RFC 5280 appendix A allows a common name 64 characters.
        let common = names.first { $0.text.utf8.count <= 64 }?.text ?? "slipway"
        let subject = try DistinguishedName { CommonName(common) }
        let certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: .init(key.publicKey),
            notValidBefore: date(start),
            notValidAfter: date(start + validity),
            issuer: subject,
            subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                KeyUsage(digitalSignature: true)
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(names.map { .dnsName($0.text) })
            },
            issuerPrivateKey: .init(key)
        )
        let text = try certificate.serializeAsPEM().pemString
        return try CertificatePair(certificates: Array(text.utf8), key: Array(key.pemRepresentation.utf8))
    }

    private static func date(_ moment: Timestamp) -> Date {
        Date(timeIntervalSince1970: Double(moment.milliseconds / 1000))
    }
}
