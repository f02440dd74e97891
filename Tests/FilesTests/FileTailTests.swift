import Files
import Support
import SystemPackage
import Testing

@Suite struct `The end of a file` {
    private let folder: TemporaryFolder
    private var path: FilePath { folder.path.appending("a.log") }

    init() throws { folder = try TemporaryFolder() }

    private func write(_ text: String) throws { try writeFile(path, Array(text.utf8)) }
    private func add(_ text: String) throws { try appendToFile(path, Array(text.utf8)) }
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func `is its last lines, then what is added, line by line`() throws {
        var tail = FileTail(path)
        #expect(try text(tail.lastLines(2)) == "" && !tail.exists)
        try write("a\nb\nc\n")
        tail = FileTail(path)
        #expect(try text(tail.lastLines(2)) == "b\nc\n" && tail.exists)
        #expect(try text(tail.next()) == "")
        try add("d\ne")
        #expect(try text(tail.next()) == "d\n")
        try add("f\n")
        #expect(try text(tail.next()) == "ef\n")
    }

    @Test func `goes on in the file that takes its place`() throws {
        try write("a\n")
        var tail = FileTail(path)
        _ = try tail.lastLines(20)
        try renameFile(path, to: folder.path.appending("a.log.1"))
        #expect(try text(tail.next()) == "")
        try write("b\n")
        #expect(try text(tail.next()) == "b\n")
    }

    @Test func `of a long one is read alone`() throws {
        try write(String(repeating: "0123456789\n", count: 100_000) + "last\n")
        var tail = FileTail(path)
        #expect(try text(tail.lastLines(2)) == "0123456789\nlast\n")
    }

    @Test func `others may go through a folder without listing it`() throws {
        try letThrough(folder.path)
        #expect(try folder.path.stat().permissions == [.ownerReadWriteExecute, .groupExecute, .otherExecute])
        #expect(throws: FileError.self) { try letThrough(folder.path.appending("none")) }
    }
}
