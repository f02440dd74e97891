import Core
import FoundationEssentials
@_spi(FixedExpiryValidationTime) import X509

/// What a certificate says of itself.
struct CertificateFacts: Sendable {
    let chain: [Certificate]

    /// - Throws: ``Failure`` with code ``FailureCode/badCertificate``.
    init(_ pair: CertificatePair) throws(Failure) {
        chain = try CertificatePair.chain(in: Array(pair.chain.utf8))
    }

    private var own: Certificate { chain[0] }

    var subject: String { words(own.subject, between: "; ") }
    var issuer: String { words(own.issuer) }
    var startsAt: Timestamp { Self.moment(own.notValidBefore) }
    var expiresAt: Timestamp { Self.moment(own.notValidAfter) }
    var isSelfSigned: Bool { own.issuer == own.subject && own.publicKey.isValidSignature(own.signature, for: own) }

    /// The names of its subjectAltName; browsers look at no other.
    var alternatives: [String] {
        let names = (try? own.extensions.subjectAlternativeNames).map { Array($0) } ?? []
        return names.compactMap { if case .dnsName(let name) = $0 { name.lowercased() } else { nil } }
    }

    /// Common name and alternative names, sorted.
    var hostnames: [String] {
        let common = own.subject.flatMap { $0 }.filter { $0.type == .RDNAttributeType.commonName }
        return Set(common.compactMap { String($0.value) } + alternatives).sorted()
    }

    /// Whether clients accept it for a name (RFC 6125 §6.4: a star stands for exactly one label).
    func covers(_ name: DomainName) -> Bool {
        let rest = name.text.split(separator: ".", maxSplits: 1).dropFirst().first.map { "*.\($0)" }
        return alternatives.contains { $0 == name.text || $0 == rest }
    }

    /// What does not keep nginx from using it, but clients from trusting it.
    func warnings(at now: Timestamp, names: [DomainName]) -> [String] {
        var warnings: [String] = []
        if expiresAt <= now { warnings.append("the certificate has expired at \(expiresAt.text)") }
        if startsAt > now { warnings.append("the certificate is not valid before \(startsAt.text)") }
        let missing = names.filter { !$0.isCatchAll && !covers($0) }.map(\.text)
        if !missing.isEmpty { warnings.append("the certificate does not name \(missing.joined(separator: ", "))") }
        for (index, pair) in zip(chain, chain.dropFirst()).enumerated()
        where !pair.1.publicKey.isValidSignature(pair.0.signature, for: pair.0) {
            warnings.append("certificate \(index + 2) of the file did not sign certificate \(index + 1)")
        }
        if chain.count == 1, !isSelfSigned {
            warnings.append("the file does not hold the certificate of the issuer, \(issuer): most clients need it")
        }
        return warnings
    }

    /// In Dokku's words: whether the authorities that this host trusts stand behind it.
    func verified(at now: Timestamp) async -> String {
        if isSelfSigned { return "self signed" }
        let date = Date(timeIntervalSince1970: Double(now.milliseconds) / 1000)
        var verifier = Verifier(rootCertificates: .systemTrustRoots) { RFC5280Policy(fixedExpiryValidationTime: date) }
        let result = await verifier.validate(leaf: own, intermediates: CertificateStore(chain.dropFirst()))
        return if case .validCertificate = result { "verified by a certificate authority" } else { "not verified" }
    }

    private static func moment(_ date: Date) -> Timestamp {
        Timestamp(milliseconds: Int64(date.timeIntervalSince1970 * 1000))
    }
}

extension Timestamp {
    /// As openssl prints it, `Oct  5 23:59:59 2026 GMT`, which `date -d` and Dokku's scripts read.
    var openSSLText: String {
        let parts = text.split { "-T:Z".contains($0) }.map(String.init)
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard parts.count == 6, let month = Int(parts[1]), let day = Int(parts[2]), (1...12).contains(month) else {
            return text
        }
        return "\(months[month - 1]) \("\(day)".leftPadded(to: 2)) \(parts[3]):\(parts[4]):\(parts[5]) \(parts[0]) GMT"
    }
}
