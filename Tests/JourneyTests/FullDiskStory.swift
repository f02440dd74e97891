import FoundationEssentials
import Glibc
import Programs
import Support
import SystemPackage
import Testing

/// Only root may have a small disk made.
private let canMount = getuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/mount")

@Suite(
    "A full disk changes nothing and harms nobody",
    .serialized,
    .enabled(if: Sandbox.isWanted && canMount),
    .timeLimit(.minutes(Sandbox.count(small: 12, full: 90)))
)
struct FullDiskStory {
    let outer: Sandbox

    init() throws { outer = try .current() }

    private init(outer: Sandbox) { self.outer = outer }

    @Test func `commands say so in one line, and go on once there is room`() async throws {
        try await withSmallDisk(megabytes: 24, "--docker-host", "unix://\(outer.engineSocket)") { sandbox in
            try await tellOfFullDisk(sandbox)
        }
    }

    @Test func `the same with an engine whose disk is full too`() async throws {
        try await NetworkNamespace.with { space in
            var outer = outer
            outer.namespace = space
            try await FullDiskStory(outer: outer).withSmallDisk(megabytes: 200, "--own-engine") { sandbox in
                #expect(sandbox.ownsEngine)
                try await tellOfFullDisk(sandbox)
            }
        }
    }

    private func tellOfFullDisk(_ sandbox: Sandbox) async throws {
        let stage = try await Stage(sandbox, "story-full")
        let app = try await stage.app()
        let filler = try fill(sandbox.folder)
        let commands = [
            ["config:set", app, "A=1"], ["ps:scale", app, "web=2"], ["ps:restart", app],
            ["domains:add", app, "full.example"], ["ps:stop", app], ["apps:create", "story-more"],
        ]
        for words in commands {
            let refused = try await sandbox.slipway(words)
            #expect(refused.status == 1, "\(words): \(refused)")
            let firsts = refused.err.split(separator: "\n").filter { $0.hasPrefix(" !     P") }
            #expect(firsts.count == 1 && firsts[0].hasPrefix(" !     P602 "), "\(words): \(refused)")
            #expect(try await sandbox.get(app).status == 200, "\(words)")
        }
        let push = try await stage.push(app)
        #expect(push.status != 0, "\(push)")
        #expect(try await sandbox.get(app).body == "hello 0\n")

        try FileManager.default.removeItem(atPath: filler.string)
        try await stage.nextCommand()
        try await Invariants.check(sandbox, after: "the disk was full")
        _ = try await stage.push(app).succeeded("a push once there is room")
        try await Invariants.check(sandbox, after: "a push once there is room")
        // Where the count is small, once is enough.
        if Sandbox.count(small: 1, full: 2) == 2 || !sandbox.ownsEngine { try await fillAtSteps(stage) }
        try await stage.destroy()
    }

    /// The last room is taken while a change is at work.
    private func fillAtSteps(_ stage: Stage) async throws {
        let sandbox = stage.sandbox
        let trouble = Trouble(
            code: "P602",
            inside: ["P115", "P604"],
            begin: { _ = try fill(sandbox.folder) },
            end: { try FileManager.default.removeItem(atPath: Self.filler(sandbox.folder).string) }
        )
        for trial in Trial.middles(at: ["begin"]) {
            do { try await trouble.befall(trial, on: stage) } catch {
                Issue.record("a full disk at \(trial.point): \(error)")
                try await stage.destroy()
            }
        }
    }

    /// A sandbox of its own on a disk of its own, both gone afterwards.
    private func withSmallDisk(
        megabytes: Int,
        _ options: String...,
        work: (Sandbox) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        let disk = folder.path.appending("disk")
        try FileManager.default.createDirectory(atPath: disk.string, withIntermediateDirectories: true)
        let mount = ["-t", "tmpfs", "-o", "size=\(megabytes)m,mode=700", "slipway-story", disk.string]
        _ = try await Finished.run(Program("/usr/bin/mount", mount)).succeeded("mount")
        let root = disk.appending("s")
        let result: Result<Void, any Error>
        do {
            let words = ["up", "--binary", outer.binary.string] + options
            var inner = try Sandbox(exports: try await outer.script(words, folder: root).succeeded("up").out)
            inner.namespace = outer.namespace
            result = .success(try await work(inner))
        } catch { result = .failure(error) }
        _ = try await outer.script(["down"], folder: root).succeeded("down")
        _ = try await Finished.run(Program("/usr/bin/umount", [disk.string])).succeeded("umount")
        try result.get()
    }

    private static func filler(_ folder: FilePath) -> FilePath { folder.appending("filler") }

    /// Takes what room there is, to the last byte.
    private func fill(_ folder: FilePath) throws -> FilePath {
        let path = Self.filler(folder)
        let file = try FileDescriptor.open(path, .writeOnly, options: [.create], permissions: [.ownerReadWrite])
        defer { try? file.close() }
        for size in [1 << 20, 1 << 12, 1] {
            let bytes = [UInt8](repeating: 0x2a, count: size)
            while let count = try? bytes.withUnsafeBytes({ try file.write($0) }), count == size {}
        }
        return path
    }
}
