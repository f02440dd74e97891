import Core
import Testing

@testable import Features

@Suite struct `a certificate by standard input` {
    private func tar(_ entries: [(String, String)], kind: TarKind = .file) -> [UInt8] {
        entries.flatMap { name, text in
            let bytes = Array(text.utf8)
            let header = TarHeader(name: name, size: kind == .file ? Int64(bytes.count) : 0, mode: 0o600, kind: kind)
            return Tar.header(header) + (kind == .file ? bytes + Tar.padding(Int64(bytes.count)) : [])
        } + Tar.end
    }

    private func refusal(_ bytes: [UInt8]) -> Failure? {
        do throws(Failure) {
            _ = try CertsArchive(bytes)
            return nil
        } catch { return error }
    }

    @Test func `is the one crt and the one key of a tar`() throws {
        let archive = try CertsArchive(tar([("./server.crt", "C"), ("readme.txt", "no"), ("sub/Server.KEY", "K")]))
        #expect(archive.certificates == Array("C".utf8))
        #expect(archive.key == Array("K".utf8))
    }

    @Test func `what a Mac puts beside the files is passed over`() throws {
        let archive = try CertsArchive(
            tar([("./._server.crt", "junk"), ("server.crt", "C"), ("._server.key", "junk"), ("server.key", "K")])
        )
        #expect(archive.certificates == Array("C".utf8))
        #expect(archive.key == Array("K".utf8))
    }

    @Test func `may be PEM text with both`() throws {
        let text = Array("\(Sample.leaf)\n\(Sample.key)".utf8)
        let archive = try CertsArchive(text)
        #expect(try CertificatePair(certificates: archive.certificates, key: archive.key).chain == Sample.leaf + "\n")
    }

    @Test func `must have exactly one of each`() {
        #expect(refusal(tar([("a.crt", "C")]))?.what == "Tar archive is missing .key file")
        #expect(refusal(tar([("a.key", "K")]))?.what == "Tar archive is missing .crt file")
        let two = refusal(tar([("a.crt", "C"), ("b.crt", "C"), ("a.key", "K")]))
        #expect(two?.what == "Tar archive contains more than one .crt file")
        #expect(two?.why == "it holds \"a.crt\", \"b.crt\"")
    }

    @Test(arguments: ["/etc/a.crt", "../a.crt", "a/../../b.crt", ".."])
    func `no path leads out of it`(name: String) {
        #expect(refusal(tar([(name, "C")]))?.what == "the archive holds the unsafe path \(quoted(name))")
    }

    @Test(arguments: [TarKind.symlink(target: "/etc/shadow"), .hardlink(target: "x"), .other(UInt8(ascii: "3"))])
    func `no link and no device is followed`(kind: TarKind) {
        #expect(refusal(tar([("server.key", "")], kind: kind))?.code == .badCertificate)
    }

    @Test func `cut short or compressed it is refused`() {
        #expect(refusal(Array(tar([("a.crt", "C"), ("a.key", "K")]).prefix(700)))?.code == .badSource)
        #expect(refusal([0x1f, 0x8b, 8, 0, 0, 0, 0, 0])?.what == "the archive is compressed")
        #expect(refusal(.init(repeating: 1, count: 256) + [0] + .init(repeating: 1, count: 999))?.code == .badSource)
    }
}
