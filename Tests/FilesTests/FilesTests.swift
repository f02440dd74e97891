import Core
import Files
import Support
import SystemPackage
import Testing

struct FilesTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    var path: FilePath { folder.path.appending("file") }

    @Test func `what is written is read back, and nothing else is left beside it`() throws {
        try writeFile(path, Array("one".utf8))
        try writeFile(path, Array("two".utf8))
        #expect(try readFile(path) == Array("two".utf8))
        #expect(try folder.names() == ["file"])
    }

    @Test func `a file has the mode that is asked for, whatever it had`() throws {
        try folder.write("file", "old", mode: 0o666)
        try writeFile(path, Array("new".utf8))
        #expect(try folder.mode("file") == 0o600)
        try writeFile(path, [], mode: [.ownerReadWriteExecute, .groupRead, .groupExecute])
        #expect(try folder.mode("file") == 0o750)
    }

    @Test func `missing folders are made for the owner alone`() throws {
        try writeFile(folder.path.appending("a/b/c"), [1])
        #expect(try folder.mode("a") == 0o700)
        #expect(try folder.mode("a/b") == 0o700)
    }

    @Test func `a reader sees the old text or the new, never a part`() async throws {
        let path = path
        let texts = [[UInt8](repeating: 1, count: 300_000), [UInt8](repeating: 2, count: 200_000)]
        try writeFile(path, texts[0])
        let isDone = Flag()
        async let writing: Void = {
            defer { isDone.raise() }
            for round in 1...30 { try writeFile(path, texts[round % 2]) }
        }()
        var seen = 0
        while !isDone.isRaised {
            let bytes = try #require(try readFile(path))
            #expect(bytes == texts[0] || bytes == texts[1])
            seen += 1
            await Task.yield()
        }
        try await writing
        #expect(seen > 0)
    }

    @Test func `a write that cannot be done leaves the old text`() throws {
        try folder.write("file/inside", "a folder is in the way")
        let error = #expect(throws: FileError.self) { try writeFile(path, [1]) }
        #expect(error?.failure.code == .disk)
        #expect(try folder.names() == ["file"])
        #expect(try readFile(path.appending("inside")) == Array("a folder is in the way".utf8))
    }

    @Test func `an absent file is nil, one that is too long an error`() throws {
        #expect(try readFile(path) == nil)
        try writeFile(path, [UInt8](repeating: 0, count: 1001))
        #expect(throws: FileError(path, Errno.fileTooLarge)) { try readFile(path, limit: 1000) }
        #expect(try readFile(path, limit: 1001)?.count == 1001)
    }

    @Test func `appending makes the file and then adds to it`() throws {
        try appendToFile(path, Array("a".utf8))
        try appendToFile(path, Array("b".utf8))
        #expect(try readFile(path) == Array("ab".utf8))
        #expect(try folder.mode("file") == 0o600)
    }

    @Test func `names are sorted, and an absent folder has none`() throws {
        for name in ["c", "a", "b"] { try writeFile(folder.path.appending(name), []) }
        #expect(try listFolder(folder.path) == ["a", "b", "c"])
        #expect(try listFolder(folder.path.appending("absent")).isEmpty)
    }

    @Test func `removing what is not there is fine`() throws {
        try removeFile(path)
        try removeTree(path)
    }

    @Test func `removing a tree follows no link`() throws {
        let kept = try folder.write("kept/file", "precious")
        try folder.write("tree/a/b", "x")
        try symbolicLink(folder.path.appending("tree/link"), to: folder.path.appending("kept"))
        try removeTree(folder.path.appending("tree"))
        #expect(try folder.names() == ["kept"])
        #expect(try readFile(kept) == Array("precious".utf8))
    }

    @Test func `a file moves over another in one step`() throws {
        try writeFile(path, [1])
        try writeFile(folder.path.appending("new"), [2])
        try renameFile(folder.path.appending("new"), to: path)
        #expect(try readFile(path) == [2])
        #expect(try folder.names() == ["file"])
    }
}
