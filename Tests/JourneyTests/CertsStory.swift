import FoundationEssentials
import Programs
import Support
import SystemPackage
import Testing

/// A certificate and its key that come as a tar over ssh.
@Suite("A certificate comes as a tar over ssh", .serialized, .enabled(if: Sandbox.isWanted), .timeLimit(.minutes(10)))
struct CertsStory {
    let sandbox: Sandbox
    private let app = "story-tar"

    init() throws { sandbox = try .current() }

    @Test func `a tar over ssh is what https answers with, and a bad one changes nothing`() async throws {
        let name = sandbox.name(of: app)
        let good = try await Certificate(for: [name], commonName: "good")
        let other = try await Certificate(for: [name], commonName: "other")
        try await sandbox.withApp(app) { _ in
            _ = try await sandbox.ssh(["certs:add", app], input: good.archive).succeeded("certs:add")
            try await expectGood(name)
            let report = try await sandbox.ssh(["certs:report", app]).succeeded("certs:report").answer
            for (what, archive) in try await bad(good, other) {
                let refused = try await sandbox.ssh(["certs:add", app], input: archive)
                #expect(refused.status != 0, "\(what) is taken: \(refused.err)")
                #expect(refused.err.contains(" !     P"), "\(what): \(refused.err)")
                #expect(
                    try await sandbox.ssh(["certs:report", app]).succeeded("certs:report").answer == report,
                    "\(what)"
                )
                try await expectGood(name)
            }
            _ = try await sandbox.ssh(["certs:add", app], input: other.archive).succeeded("certs:add")
            #expect(try await sandbox.commonName(shownFor: name) == "other")
        }
    }

    private func expectGood(_ name: String) async throws {
        #expect(try await sandbox.commonName(shownFor: name) == "good")
        let answer = try await sandbox.https(name).get("/")
        #expect(answer.status == 200)
    }

    /// Archives that hold no pair, or want to lie elsewhere than where they belong.
    private func bad(_ good: Certificate, _ other: Certificate) async throws -> [(String, [UInt8])] {
        let (crt, key) = ("server.crt", "server.key")
        return [
            ("a path out of the folder", try await tar(["../a/\(crt)": other.certificate, "../a/\(key)": other.key])),
            ("an absolute path", try await tar(["/tmp/\(crt)": other.certificate, "/tmp/\(key)": other.key])),
            ("two certificates", try await tar([crt: other.certificate, "b.crt": good.certificate, key: other.key])),
            ("two keys", try await tar([crt: other.certificate, key: other.key, "b.key": good.key])),
            ("no key", try await tar([crt: other.certificate])),
            ("no certificate", try await tar([key: other.key])),
            ("the key of another", try await tar([crt: other.certificate, key: good.key])),
            ("no pem", try await tar([crt: Array("nothing".utf8), key: other.key])),
            ("a tar that is cut off", Array(other.archive.prefix(700))),
            ("no tar", Array("certificate".utf8)),
        ]
    }

    /// A tar with these files, under exactly these names.
    private func tar(_ files: [String: [UInt8]]) async throws -> [UInt8] {
        let folder = FilePath(FileManager.default.temporaryDirectory.path)
            .appending("slipway-tar-\(UInt64.random(in: .min ... .max))")
        try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder.string) }
        var words = ["-C", folder.string, "-P", "-c"]
        for (index, file) in files.sorted(by: { $0.key < $1.key }).enumerated() {
            try Data(file.value).write(to: URL(filePath: folder.appending("f\(index)").string))
            words += ["--transform", "s|^f\(index)$|\(file.key)|"]
        }
        words += files.indices.enumerated().map { "f\($0.offset)" }
        return try await Finished.run(Program("/bin/tar", words)).succeeded("tar").bytes
    }
}
