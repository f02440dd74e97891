import Core
import Files
import Store
import SystemPackage
import Testing

@testable import Features

@Suite struct `caps of logs` {
    private func file(_ name: String, _ length: Int64) -> FileFacts {
        FileFacts(name: name, length: length, writtenAt: 1)
    }

    @Test func `the newest files stay whole, the rest goes`() {
        let files = [file("c", 40), file("b", 60), file("a", 1), file("z", 1)]
        #expect(LogCaps.fates(files, cap: 102).isEmpty)
        #expect(LogCaps.fates(files, cap: 101) == ["z": .removed])
        #expect(LogCaps.fates(files, cap: 90) == ["b": .removed, "a": .removed, "z": .removed])
        #expect(LogCaps.fates(files, cap: 30) == ["c": .cut(to: 30), "b": .removed, "a": .removed, "z": .removed])
        #expect(LogCaps.fates([], cap: 1).isEmpty)
    }

    @Test func `a file that alone is too long keeps its last whole lines`() async throws {
        let host = try Host.fake()
        let app = try await host.deployedApp()
        _ = try await Properties("disk", on: host).set(Disk.logCap, to: "1", of: app)
        let path = host.paths.logs(of: app.id).appending("build-1.log")
        let text = (0..<200_000).map { "line \($0)\n" }.joined()
        try writeFile(path, Array(text.utf8))
        let freed = try await LogCaps(on: host).enforce(app)
        let bytes = try #require(try readFile(path))
        #expect(bytes.count <= 1_000_000 && bytes.count > 999_900)
        #expect(freed == Int64(text.utf8.count - bytes.count))
        #expect(text.hasSuffix(String(decoding: bytes, as: UTF8.self)))
        #expect(String(decoding: bytes.prefix(5), as: UTF8.self) == "line ")
        #expect(try await LogCaps(on: host).enforce(app) == 0)
    }

    @Test func `an app that is being deployed writes its logs in peace`() async throws {
        let host = try Host.fake()
        let app = try await host.deployedApp()
        _ = try await Properties("disk", on: host).set(Disk.logCap, to: "1", of: app)
        let path = host.paths.logs(of: app.id).appending("v2.log")
        try writeFile(path, [UInt8](repeating: 10, count: 2_000_000))
        let lock = try #require(try FileLock.tryTake(host.paths.lock(of: app.id)))
        #expect(try await LogCaps(on: host).enforce(app) == 0)
        lock.release()
        #expect(try await LogCaps(on: host).enforce(app) == 1_000_000)
    }

    @Test func `what drains writes begins anew when it is long`() throws {
        let host = try Host.fake()
        let path = host.paths.logs.appending("drain.log")
        try LogCaps(on: host).rotateDrains()
        try writeFile(path, [UInt8](repeating: 10, count: 1 << 20))
        try LogCaps(on: host).rotateDrains()
        #expect(try listFolder(host.paths.logs) == ["drain.log"])
        try appendToFile(path, [10])
        try LogCaps(on: host).rotateDrains()
        #expect(try listFolder(host.paths.logs) == ["drain.log.1"])
    }
}
