import Core
import Files
import Programs
import Repositories
import Support
import SystemPackage
import Testing

@testable import Features

@Suite struct `archives` {
    let folder: TemporaryFolder
    let host: Host

    init() throws {
        folder = try TemporaryFolder()
        var fake = Fake(in: folder.path.appending("root"))
        fake.programs = .live
        host = try Host.fake(fake)
    }

    /// What comes of one archive of these entries.
    private func parts(_ headers: [TarHeader]) throws -> [TreePart] {
        var entries = ArchiveEntries()
        let parts = try headers.compactMap { try entries.part(of: .entry($0)) }
        try entries.finish()
        return parts
    }

    private func link(_ name: String, _ target: String) -> TarHeader {
        TarHeader(name: name, kind: .symlink(target: target))
    }

    @Test func `files and links become parts of a commit`() throws {
        let found = try parts([
            TarHeader(name: "./", kind: .folder), TarHeader(name: "./bin/run", size: 3, mode: 0o755),
            TarHeader(name: "./a", size: 1), link("./bin/b", "../a"),
        ])
        #expect(
            found == [
                .file(path: "bin/run", size: 3, isExecutable: true), .file(path: "a", size: 1, isExecutable: false),
                .link(path: "bin/b", target: "../a"),
            ]
        )
    }

    @Test func `a size beyond all limits is refused, whatever came before`() throws {
        for sizes in [[Int64.max], [1, Int64.max], [1 << 30, 1]] {
            let headers = sizes.enumerated().map { TarHeader(name: "f\($0.offset)", size: $0.element) }
            #expect { try parts(headers) } throws: { Failure($0).what.contains("more than 1 GiB") }
        }
    }

    @Test func `folders of dead processes go, and what living ones use stays`() async throws {
        let cache = host.paths.cache
        let spool = try ArchiveSpool(on: host)
        let dead = ["archive-999999999-1-01", "history-999999999-1-02", "tests-\(Owner.this.process)-1-03"]
        // Of an older release, fresh; of somebody else.
        let kept = ["archive-04", "source-0000000001", "tests"]
        for name in dead + kept { try makeFolder(cache.appending(name).appending("inside")) }
        var now = host
        now.time = Time(clock: host.time.clock, uptime: host.time.uptime, now: { .now })
        try await Tick(on: now).run()
        let own = try #require(spool.folder.lastComponent?.string)
        #expect(try listFolder(cache) == ([own] + kept).sorted())
        now.time.now = { .now + .seconds(25 * 3600) }
        try await Tick(on: now).run()
        #expect(try listFolder(cache) == ([own] + kept.dropFirst()).sorted())
        spool.close()
    }

    @Test func `what lies in a folder of git is left out with its bytes`() throws {
        var entries = ArchiveEntries()
        #expect(try entries.part(of: .entry(TarHeader(name: "./.git/config", size: 2))) == nil)
        #expect(try entries.part(of: .data([1, 2])) == nil)
        #expect(try entries.part(of: .entry(TarHeader(name: "a", size: 1))) != nil)
        #expect(try entries.part(of: .data([1])) == .bytes([1]))
    }

    @Test(arguments: ["/etc/passwd", "../x", "a/../../x", "a/.."])
    func `a name that leaves the tree is refused`(name: String) {
        #expect { try parts([TarHeader(name: name)]) } throws: { ($0 as? Failure)?.code == .badSource }
    }

    @Test(arguments: [
        ("a", "/etc/passwd"), ("a", "../x"), ("a/b", "../../x"), ("a/b", "c/../../../x"), ("top/a", "../x"),
    ])
    func `a link that leaves the tree is refused`(name: String, target: String) {
        #expect { try parts([TarHeader(name: "top/D"), link(name, target)]) } throws: {
            ($0 as? Failure)?.code == .badSource
        }
    }

    @Test func `a link to the top is fine where the top stays`() throws {
        #expect(try parts([TarHeader(name: "x"), TarHeader(name: "top/D"), link("top/a", "../x")]).count == 3)
    }

    @Test func `hard links and devices are refused`() {
        for kind in [TarKind.hardlink(target: "a"), .other(UInt8(ascii: "3")), .other(UInt8(ascii: "6"))] {
            #expect(throws: Failure.self) { try parts([TarHeader(name: "b", kind: kind)]) }
        }
    }

    @Test func `there is an end to entries and to bytes`() throws {
        let many = (0..<ArchiveLimits.usual.entries).map { TarHeader(name: "f\($0)") }
        #expect(try parts(many).count == 10_000)
        #expect(throws: Failure.self) { try parts(many + [TarHeader(name: "more")]) }
        #expect(throws: Failure.self) {
            try parts([TarHeader(name: "a", size: 1 << 29), TarHeader(name: "b", size: 1 << 30)])
        }
    }

    /// A stream that ends.
    private func chunks(_ bytes: [UInt8], by size: Int = 1000) -> AsyncStream<[UInt8]> {
        AsyncStream { continuation in
            for start in stride(from: 0, to: bytes.count, by: size) {
                continuation.yield(Array(bytes[start..<min(start + size, bytes.count)]))
            }
            continuation.finish()
        }
    }

    private func packed(_ words: [String]) async throws -> [UInt8] {
        try await Programs.live.succeed(Program(FilePath(words[0]), Array(words.dropFirst()), directory: folder.path))
            .output
    }

    /// The content of an archive as a commit, by file.
    private func committed(_ bytes: [UInt8], _ kind: ArchiveKind? = nil) async throws -> [String: String] {
        let app = try await Apps(on: host).create(try AppName("shop"))
        try await Git(on: host).prepare(app)
        let spool = try ArchiveSpool(on: host)
        defer { spool.close() }
        try await spool.take(chunks(bytes))
        let archive = try await spool.unpacked(kind)
        let made = try await Git(on: host).commit(
            app,
            "m",
            author: "Ana",
            archive: archive,
            files: [],
            unwrapping: true,
            parent: nil
        )
        let snapshot = try await host.repositories.snapshot(of: try #require(made), in: app.id)
        var result: [String: String] = [:]
        for entry in snapshot.entries {
            result[entry.path] = String(
                decoding: try await snapshot.read(entry.path, limit: 1 << 20) ?? [],
                as: UTF8.self
            )
        }
        return result
    }

    @Test(arguments: ["tar", "tar.gz", "zip"]) func `every kind is known by its first bytes`(kind: String) async throws
    {
        try folder.write("top/Dockerfile", "FROM x\n")
        try folder.write("top/a/b", String(repeating: "b", count: 5000))
        let bytes =
            switch kind {
            case "tar": try await packed(["/usr/bin/tar", "-cf", "-", "top"])
            case "tar.gz": try await packed(["/usr/bin/tar", "-czf", "-", "top"])
            default: try await packed(["/usr/bin/zip", "-qr", "-", "top"])
            }
        #expect(
            try await committed(bytes) == ["Dockerfile": "FROM x\n", "a/b": String(repeating: "b", count: 5000)]
        )
        #expect(try listFolder(folder.path.appending("root/cache")).isEmpty)
    }

    @Test func `a damaged one is refused`() async throws {
        try folder.write("top/a", String(repeating: "abc", count: 5000))
        let whole = try await packed(["/usr/bin/tar", "-czf", "-", "top"])
        await #expect { try await committed(Array(whole.dropLast(20))) } throws: {
            ($0 as? Failure)?.code == .badSource
        }
    }

    @Test func `one of another kind than was said is refused`() async throws {
        try folder.write("top/a", "a")
        let plain = try await packed(["/usr/bin/tar", "-cf", "-", "top"])
        await #expect { try await committed(plain, .gzip) } throws: { ($0 as? Failure)?.code == .badSource }
    }

    @Test func `nothing is no archive`() async throws {
        await #expect { try await committed([]) } throws: { ($0 as? Failure)?.what == "the archive is empty" }
    }

    @Test(arguments: [
        "file:///etc/passwd", "ftp://a/b", "http://", "https:///x", "-o/x", "http://a/\"\nurl = file:///etc/passwd",
        "http://a/b c",
        "http://a/{1,2}", "gopher://a",
    ])
    func `an address that is no web address is refused`(text: String) {
        #expect(throws: Failure.self) { try ArchiveURL(text) }
    }

    @Test func `an address is named without its secrets`() throws {
        let url = try ArchiveURL("https://ana:secret@files.example.com:8443/a/shop.tar.gz?token=x")
        #expect(url.server == "files.example.com:8443")
        #expect(url.file == "shop.tar.gz")
        #expect(try ArchiveURL("https://a.example?token=x").server == "a.example")
    }

    @Test func `two dashes stand for standard input`() throws {
        let wish = try ArchiveWish(["--archive-type", "tar.gz", "shop", "--", "Ana", "ana@example.com"])
        #expect(wish.url == nil)
        #expect(wish.kind == .gzip)
        #expect(wish.author == ["Ana", "ana@example.com"])
        for bad in [[], ["shop"], ["--archive-type=rar", "shop", "--"], ["--x", "shop", "--"], ["Shop!", "--"]] {
            #expect(throws: Failure.self) { try ArchiveWish(bad) }
        }
    }
}
