import Files
import Glibc
import Support
import SystemPackage
import Testing

struct FolderUsageTests {
    @Test func `hard links are counted once, and links not followed`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path.appending("tree")
        try writeFile(path.appending("a/file"), [UInt8](repeating: 1, count: 100_000))
        var before = FolderMeasure()
        let usage = before.measure(path)
        #expect(usage.files == 1 && usage.bytes >= 100_000)
        #expect(link(path.appending("a/file").string, path.appending("a/same").string) == 0)
        #expect(symlink("/", path.appending("a/root").string) == 0)
        var after = FolderMeasure()
        let linked = after.measure(path)
        #expect(linked.bytes < usage.bytes + 50_000)
        #expect(FolderMeasure().own(path).bytes < 50_000)
        #expect(after.measure(path.appending("nothing")) == FolderUsage())
    }

    @Test func `a folder that cannot be read is named`() throws {
        let folder = try TemporaryFolder()
        try writeFile(folder.path.appending("a/file"), [UInt8](repeating: 1, count: 100_000))
        try writeFile(folder.path.appending("b/file"), [UInt8](repeating: 1, count: 9_000))
        let closed = folder.path.appending("a")
        var measure = FolderMeasure { path in
            if path == closed { throw FileError(path, Errno.permissionDenied) }
            return try listFolder(path)
        }
        let usage = measure.measure(folder.path)
        #expect(usage.files == 1 && usage.bytes >= 9_000 && usage.bytes < 100_000)
        #expect(measure.unread == [closed])
    }

    @Test func `the end of a file begins with a line`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path.appending("log")
        try writeFile(path, Array("one\ntwo\nthree\n".utf8))
        func end(_ limit: Int) throws -> String { String(decoding: try readEnd(of: path, limit: limit), as: UTF8.self) }
        #expect(try end(100) == "one\ntwo\nthree\n")
        #expect(try end(10) == "two\nthree\n")
        #expect(try end(9) == "three\n")
        #expect(try end(6) == "three\n")
        #expect(try end(5).isEmpty)
    }

    @Test func `files are listed by the time they were written`() throws {
        let folder = try TemporaryFolder()
        for (index, name) in ["b", "a", "c"].enumerated() {
            let path = folder.path.appending(name)
            try writeFile(path, [UInt8](repeating: 1, count: index))
            var times = [timespec(tv_sec: 1000 + index, tv_nsec: 0), timespec(tv_sec: 1000 + index, tv_nsec: 0)]
            #expect(utimensat(AT_FDCWD, path.string, &times, 0) == 0)
        }
        try makeFolder(folder.path.appending("folder"))
        #expect(try listFiles(folder.path).map(\.name) == ["c", "a", "b"])
        #expect(try listFiles(folder.path).map(\.length) == [2, 1, 0])
        #expect(try listFiles(folder.path.appending("none")).isEmpty)
    }
}
