import Core
import Testing

@testable import Features

@Suite struct `facts of a certificate` {
    private let then = Timestamp(milliseconds: 1_800_000_000_000)

    private func facts(_ text: String) throws -> CertificateFacts {
        try CertificateFacts(CertificatePair(chain: text, key: ""))
    }

    @Test func `are its names, dates and issuer`() throws {
        let facts = try facts(Sample.leaf)
        #expect(facts.hostnames == ["*.shop.example.com", "shop.example.com"])
        #expect(facts.subject == "O=Sample\\, Inc; CN=shop.example.com")
        #expect(facts.issuer == "CN=Sample Intermediate")
        #expect(facts.startsAt.openSSLText == "Nov 21 07:55:32 2026 GMT")
        #expect(facts.expiresAt.text == "2126-10-28T07:55:32Z")
        #expect(!facts.isSelfSigned)
    }

    @Test(arguments: [
        ("shop.example.com", true), ("a.shop.example.com", true), ("a.b.shop.example.com", false),
        ("example.com", false), ("xshop.example.com", false),
    ])
    func `a star stands for one label`(name: String, isCovered: Bool) throws {
        #expect(try facts(Sample.leaf).covers(DomainName(name)) == isCovered)
    }

    @Test func `a whole chain with the right names gives no warning`() throws {
        let whole = try facts("\(Sample.leaf)\n\(Sample.intermediate)")
        #expect(try whole.warnings(at: then, names: [DomainName("shop.example.com")]) == [])
    }

    @Test func `what clients will not trust is told`() throws {
        let names = [try DomainName("other.example.com")]
        #expect(
            try facts(Sample.leaf).warnings(at: then, names: names) == [
                "the certificate does not name other.example.com",
                "the file does not hold the certificate of the issuer, CN=Sample Intermediate: most clients need it",
            ]
        )
        let stranger = try SelfSigned.make(names, from: then, for: .seconds(60))
        #expect(
            try facts("\(Sample.leaf)\n\(stranger.chain)").warnings(at: then, names: []) == [
                "certificate 2 of the file did not sign certificate 1"
            ]
        )
        let past = try CertificateFacts(stranger).warnings(at: then + .seconds(61), names: names)
        #expect(past == ["the certificate has expired at 2027-01-15T08:01:00Z"])
        let future = try CertificateFacts(stranger).warnings(at: Timestamp(milliseconds: 0), names: names)
        #expect(future == ["the certificate is not valid before 2027-01-15T08:00:00Z"])
    }

    @Test func `one that it signed itself says so`() async throws {
        let pair = try SelfSigned.make(
            [DomainName("a.example"), DomainName("b.example")],
            from: then,
            for: .seconds(60)
        )
        let facts = try CertificateFacts(pair)
        #expect(facts.isSelfSigned)
        #expect(facts.alternatives == ["a.example", "b.example"])
        #expect(await facts.verified(at: then) == "self signed")
    }

    @Test func `one of an unknown authority is not verified`() async throws {
        #expect(await (try facts("\(Sample.leaf)\n\(Sample.intermediate)")).verified(at: then) == "not verified")
    }
}
