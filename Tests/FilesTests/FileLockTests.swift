import Files
import Support
import SystemPackage
import Testing

@Suite(.timeLimit(.minutes(1))) struct FileLockTests {
    let folder: TemporaryFolder
    var path: FilePath { folder.path.appending("locks/shop") }

    init() throws { folder = try TemporaryFolder() }

    @Test func `one holder at a time, also within one process`() throws {
        let first = try FileLock.tryTake(path)
        #expect(first != nil)
        #expect(try FileLock.tryTake(path) == nil)
        first?.release()
        #expect(try FileLock.tryTake(path) != nil)
    }

    @Test func `a holder that is forgotten lets go`() throws {
        do { _ = try FileLock.tryTake(path) }
        #expect(try FileLock.tryTake(path) != nil)
    }

    @Test func `letting go twice takes nothing from the next holder`() throws {
        let first = try FileLock.tryTake(path)
        first?.release()
        let second = try FileLock.tryTake(path)
        first?.release()
        #expect(try FileLock.tryTake(path) == nil)
        second?.release()
    }

    @Test func `what a holder says is gone with it, however it went`() throws {
        func said() throws -> String { String(decoding: try readFile(path) ?? [], as: UTF8.self) }
        let first = try FileLock.tryTake(path)
        first?.say("a long story of the first")
        first?.say("the first")
        #expect(try said() == "the first")
        first?.release()
        #expect(try said() == "")
        first?.say("too late")
        #expect(try said() == "")
        // As a process that was killed leaves it.
        try writeFile(path, Array("the dead".utf8))
        let second = try FileLock.tryTake(path)
        #expect(second != nil)
        #expect(try said() == "")
        second?.release()
    }

    @Test func `other paths are other locks`() throws {
        let one = try FileLock.tryTake(path)
        let other = try FileLock.tryTake(folder.path.appending("locks/api"))
        #expect(one != nil && other != nil)
    }

    @Test func `waiting ends with the lock, or with nil when the time is over`() async throws {
        let path = path
        let held = try #require(try FileLock.tryTake(path))
        #expect(try await takeLock(path, within: .milliseconds(30)) == nil)
        async let next = takeLock(path, within: .seconds(30))
        held.release()
        #expect(try await next != nil)
    }

    @Test func `a cancelled wait ends at once and takes nothing`() async throws {
        let path = path
        let held = try #require(try FileLock.tryTake(path))
        let waiting = Task { try await takeLock(path, within: .seconds(300)) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        held.release()
        #expect(try FileLock.tryTake(path) != nil)
    }

    @Test func `many takers are inside one after the other`() async throws {
        let path = path
        let inside = Occupancy()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    guard let lock = try await takeLock(path, within: .seconds(50)) else { return }
                    inside.enter()
                    await Task.yield()
                    inside.leave()
                    lock.release()
                }
            }
            try await group.waitForAll()
        }
        #expect(inside.most == 1)
        #expect(inside.all == 8)
    }
}
