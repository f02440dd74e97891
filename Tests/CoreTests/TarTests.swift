import Core
import Testing

@Suite struct TarTests {
    @Test(arguments: [
        TarHeader(name: "a", size: 3, mode: 0o644, modified: 1_700_000_000),
        TarHeader(name: "folder", mode: 0o755, kind: .folder),
        TarHeader(name: "link", mode: 0o777, kind: .symlink(target: "../a")),
        TarHeader(name: "hard", kind: .hardlink(target: "a")),
        TarHeader(name: String(repeating: "d/", count: 90) + "file", size: 1),
        TarHeader(name: "é ü/日本", size: 2),
        TarHeader(name: "two\nlines and  blanks", size: 2),
        TarHeader(name: String(repeating: "n", count: 100)),
        TarHeader(name: String(repeating: "n", count: 101)),
        TarHeader(name: "l", kind: .symlink(target: String(repeating: "t", count: 3000))),
        TarHeader(name: "large", size: 9 << 30),
        TarHeader(name: "pipe", kind: .other(UInt8(ascii: "6"))),
    ])
    func `a header is read back as it was written`(_ header: TarHeader) throws {
        var reader = TarReader()
        #expect(try reader.push(Tar.header(header)) == [.entry(header)])
    }

    @Test(arguments: [1, 7, 511, 512, 513, 100_000])
    func `an archive is read however it is cut`(_ size: Int) throws {
        let small = TarHeader(name: "small", size: 5)
        let long = TarHeader(name: String(repeating: "x", count: 300), size: 1025)
        var archive: [UInt8] = []
        for header in [small, long] {
            let bytes = [UInt8](repeating: UInt8(header.name.utf8.first ?? 0), count: Int(header.size))
            archive += Tar.header(header) + bytes + Tar.padding(header.size)
        }
        archive += Tar.end + [1, 2, 3]
        var reader = TarReader()
        var entries: [TarHeader] = []
        var content: [String: Int] = [:]
        var ends = 0
        for start in stride(from: 0, to: archive.count, by: size) {
            for event in try reader.push(Array(archive[start..<min(start + size, archive.count)])) {
                switch event {
                case .entry(let header): entries.append(header)
                case .data(let bytes): content[entries.last?.name ?? "", default: 0] += bytes.count
                case .end: ends += 1
                }
            }
        }
        #expect(entries == [small, long])
        #expect(content == [small.name: 5, long.name: 1025])
        #expect(ends == 1)
        try reader.finish()
    }

    @Test func `everything is made of whole blocks`() {
        #expect(Tar.padding(0).isEmpty)
        #expect(Tar.padding(512).isEmpty)
        #expect(Tar.padding(1).count == 511)
        #expect(Tar.header(TarHeader(name: String(repeating: "n", count: 700))).count % 512 == 0)
    }

    @Test func `a damaged header is refused`() throws {
        var block = Tar.header(TarHeader(name: "a"))
        block[0] = UInt8(ascii: "b")
        var reader = TarReader()
        #expect(throws: Failure.self) { try reader.push(block) }
        var other = TarReader()
        #expect(throws: Failure.self) { try other.push([UInt8](repeating: UInt8(ascii: "x"), count: 512)) }
    }

    @Test func `an archive that stops in the middle is noticed`() throws {
        var reader = TarReader()
        _ = try reader.push(Tar.header(TarHeader(name: "a", size: 10)) + [1, 2])
        #expect(throws: Failure.self) { try reader.finish() }
    }

    @Test func `an extended header cannot ask for much memory`() throws {
        var block = Tar.header(TarHeader(name: "pax", size: 2 << 20, kind: .other(UInt8(ascii: "x"))))
        var reader = TarReader()
        #expect(throws: Failure.self) { try reader.push(block) }
        block.removeAll()
    }

    @Test(arguments: ["9999999999 path=a\n", "5 path", "x", "0 path=a\n", "10 pathabcd"])
    func `a malformed extended record is refused`(_ record: String) throws {
        let bytes = Array(record.utf8)
        let header = TarHeader(name: "pax", size: Int64(bytes.count), kind: .other(UInt8(ascii: "x")))
        var reader = TarReader()
        #expect(throws: Failure.self) {
            try reader.push(Tar.header(header) + bytes + Tar.padding(Int64(bytes.count)))
        }
    }

    @Test func `GNU long names are understood`() throws {
        let name = String(repeating: "g", count: 200)
        let bytes = Array(name.utf8) + [0]
        let long = TarHeader(name: "././@LongLink", size: Int64(bytes.count), kind: .other(UInt8(ascii: "L")))
        let own = TarHeader(name: String(name.prefix(100)), size: 0)
        var reader = TarReader()
        let events = try reader.push(Tar.header(long) + bytes + Tar.padding(Int64(bytes.count)) + Tar.header(own))
        #expect(events == [.entry(TarHeader(name: name))])
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("a/", "a"), ("a/b//", "a/b"), ("/", "/"), ("///", "/"),
            ("a" + String(repeating: "/", count: 900_000), "a"),
        ]
    )
    func `a folder's name goes without the slashes behind it`(_ given: String, _ read: String) throws {
        let bytes = Array(given.utf8) + [0]
        let long = TarHeader(name: "././@LongLink", size: Int64(bytes.count), kind: .other(UInt8(ascii: "L")))
        let own = Tar.header(TarHeader(name: "x", kind: .folder))
        var reader = TarReader()
        let events = try reader.push(Tar.header(long) + bytes + Tar.padding(Int64(bytes.count)) + own)
        #expect(events == [.entry(TarHeader(name: read, kind: .folder))])
    }
}
