import ArgumentParser
import Core
import Glibc
import Programs
import Support
import SystemPackage
import Testing

@testable import Features

@Suite struct `named storage` {
    let folder: TemporaryFolder
    let fake: Fake
    let host: Host

    init() throws {
        folder = try TemporaryFolder()
        fake = Fake(in: folder.path)
        host = try Host.fake(fake)
    }

    private func create(_ words: String...) async throws { try await StorageCreate.parse(words).run(on: host) }

    /// `user:group:mode` of a folder for data.
    private func facts(_ name: String) async throws -> String {
        let path = folder.path.appending("storage/\(name)").string
        return try await Programs.live.succeed(Program("/usr/bin/stat", ["-c", "%u:%g:%a", path])).text.trimmed
    }

    private func code(_ work: () async throws -> Void) async -> FailureCode? {
        do { try await work() } catch { return Failure(error).code }
        return nil
    }

    @Test func `a name without a path gets a folder of its own, once`() async throws {
        try await create("photos")
        let entry = try await Storage(on: host).entry(try EntryName("photos"))
        #expect(entry.path == folder.path.appending("storage/photos").string)
        #expect(try folder.mode("storage/photos") == 0o777)
        try await create("photos")
        #expect(fake.transcript.progress.contains("storage photos is unchanged"))
        #expect(await code { try await create("photos", "/srv/other") } == .taken)
        #expect(try await Storage(on: host).entries().count == 1)
    }

    @Test(.enabled(if: getuid() == 0, "only root can give files away"))
    func `owner and mode are those that were asked for, and can be changed`() async throws {
        try await create("photos", "--chown", "heroku", "--mode", "0750")
        #expect(try await facts("photos") == "1000:1000:750")
        try await StorageSet.parse(["photos", "chown", "2000"]).run(on: host)
        #expect(try await facts("photos") == "2000:2000:750")
        try await StorageSet.parse(["photos", "chown", "2000"]).run(on: host)
        #expect(fake.transcript.progress.contains("chown is unchanged"))
    }

    @Test(arguments: [
        ["Photos"], ["--", "-photos"], ["photos-"], ["a_b"], [String(repeating: "a", count: 46)], ["legacy-photos"],
        ["photos", "relative"], ["photos", "/a/../b"], ["photos", "--chown", "nobody"], ["photos", "--mode", "9"],
        ["photos", "--reclaim-policy", "Keep"], ["photos", "--label", "plain"], ["photos", "--annotation", "a b=c"],
    ]) func `what is malformed makes nothing`(words: [String]) async throws {
        #expect(await code { try await StorageCreate.parse(words).run(on: host) } == .malformed)
        #expect(try await Storage(on: host).entries().isEmpty)
    }

    @Test(arguments: [
        ["photos", "--size", "1Gi"], ["photos", "--access-mode", "ReadWriteOnce"], ["photos", "--namespace", "n"],
        ["photos", "--storage-class-name", "s"], ["photos", "--scheduler", "k3s"],
        ["photos", "/srv/photos", "--chown", "heroku"], ["photos", "/srv/photos", "--mode", "0755"],
    ]) func `what is for k3s, or for folders of others, is refused`(words: [String]) async throws {
        #expect(await code { try await StorageCreate.parse(words).run(on: host) } == .usage)
        #expect(try await Storage(on: host).entries().isEmpty)
    }

    @Test func `our own state gets no name`() async throws {
        #expect(await code { try await create("state", folder.path.string) } == .notAllowed)
    }

    @Test(arguments: [
        ("namespace", FailureCode.usage), ("size", FailureCode.usage), ("access-mode", FailureCode.unchangeable),
        ("storage-class-name", FailureCode.unchangeable), ("colour", FailureCode.usage),
        ("mode", FailureCode.malformed),
        ("reclaim-policy", FailureCode.malformed),
    ]) func `a property that cannot be set says why`(property: String, expected: FailureCode) async throws {
        try await create("photos")
        let found = await code { try await StorageSet.parse(["photos", property, "x y"]).run(on: host) }
        #expect(found == expected)
    }

    @Test func `what does not exist is not found, whatever is asked of it`() async throws {
        #expect(await code { try await StorageSet.parse(["photos", "mode", "755"]).run(on: host) } == .notFound)
        #expect(await code { try await StorageInfo.parse(["photos"]).run(on: host) } == .notFound)
        #expect(await code { try await StorageWait.parse(["photos"]).run(on: host) } == .notFound)
        #expect(await code { try await StorageDestroy.parse(["photos", "--force"]).run(on: host) } == .notFound)
        #expect(await code { try await StorageLabelsSet.parse(["photos", "a", "b"]).run(on: host) } == .notFound)
        #expect(await code { try await StorageAnnotationsReport.parse(["photos"]).run(on: host) } == .notFound)
    }

    @Test func `what was mounted since somebody looked for users stays`() async throws {
        try await create("photos")
        let storage = Storage(on: host)
        let entry = try await storage.entry(try EntryName("photos"))
        let app = try await Apps(on: host).create(try AppName("shop"))
        #expect(try await storage.users(of: entry).isEmpty)
        _ = try await storage.attach(try AttachmentWish(entry.name, at: "/data"), in: app)
        #expect(await code { try await storage.forget(entry, "photos") } == .taken)
        #expect(try await storage.entries() == [entry])
    }

    @Test func `of many notes that are made at once none is lost`() async throws {
        try await create("photos")
        let name = try EntryName("photos")
        let keys = (0..<20).map { "k\($0)" }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for key in keys {
                group.addTask { [host] in _ = try await Storage(on: host).note(key, "1", as: .labels, of: name) }
            }
            try await group.waitForAll()
        }
        #expect(Set(try await Storage(on: host).entry(name).labels.keys) == Set(keys))
    }

    @Test func `nothing is destroyed unasked, nor while it is mounted`() async throws {
        _ = try await Apps(on: host).create(try AppName("shop"))
        try await create("photos")
        #expect(await code { try await StorageDestroy.parse(["photos"]).run(on: host) } == .unconfirmed)
        try await StorageMountCommand.parse(["shop", "photos", "--container-dir", "/p"]).run(on: host)
        #expect(await code { try await StorageDestroy.parse(["photos", "--force"]).run(on: host) } == .taken)
        try await StorageUnmount.parse(["shop", "photos"]).run(on: host)
        try await StorageDestroy.parse(["photos", "--confirm", "photos"]).run(on: host)
        #expect(try await Storage(on: host).entries().isEmpty)
        #expect(try folder.names().contains("storage"))
        #expect(try folder.mode("storage/photos") == 0o777, "the data stays")
    }

    @Test func `what runs still has it, so it stays until the next restart`() async throws {
        let app = try await host.deployedApp()
        try await create("photos")
        try await StorageMountCommand.parse(["shop", "photos", "--container-dir", "/p"]).run(on: host)
        try await Control(on: host).restart(app, only: nil)
        try await StorageUnmount.parse(["shop", "photos"]).run(on: host)
        #expect(await code { try await StorageDestroy.parse(["photos", "--force"]).run(on: host) } == .taken)
        try await Control(on: host).restart(app, only: nil)
        try await StorageDestroy.parse(["photos", "--force"]).run(on: host)
    }

    @Test(arguments: [["--destroy-host-dir"], []]) func `the folder goes when that is asked for, or its policy`(
        flags: [String]
    ) async throws {
        try await create("photos", "--reclaim-policy", flags.isEmpty ? "delete" : "Retain")
        try folder.write("storage/photos/a/b", "data")
        try await StorageDestroy.parse(["photos", "--force"] + flags).run(on: host)
        #expect(!(try folder.names()).contains("photos"))
        #expect(StorageFolder(folder.path.appending("storage/photos")).isMissing)
    }

    @Test func `a folder that is not ours is never removed`() async throws {
        let other = try TemporaryFolder()
        try await create("photos", other.path.string)
        let refused = await code {
            try await StorageDestroy.parse(["photos", "--force", "--destroy-host-dir"]).run(on: host)
        }
        #expect(refused == .notAllowed)
        #expect(try await Storage(on: host).entries().count == 1, "and nothing else was done either")
    }

    @Test func `lists and facts speak JSON`() async throws {
        try await create("photos", "--label", "tier=cold", "--annotation", "team=media")
        try await StorageListEntries.parse(["--format", "json"]).run(on: host)
        let answer = fake.transcript.answer
        for part in [
            #""name":"photos""#, #""scheduler":"docker-local""#, #""reclaim_policy":"Retain""#,
            #""labels":{"tier":"cold"}"#, #""annotations":{"team":"media"}"#, #""apps":[]"#,
            #""host_path":"\#(folder.path)/storage/photos""#,
        ] { #expect(answer.contains(part), "\(part) in \(answer)") }
        #expect(answer.hasPrefix("[{"))
        try await StorageListEntries.parse(["--scheduler", "k3s", "--json"]).run(on: host)
        #expect(fake.transcript.answer.hasSuffix("[]\n"))
        try await StorageInfo.parse(["photos", "--json"]).run(on: host)
        #expect(fake.transcript.answer.split(separator: "\n").last?.hasPrefix("{\"annotations\"") == true)
    }

    @Test func `notes for k3s are kept, reported, and said to be for it alone`() async throws {
        try await create("photos")
        try await StorageLabelsSet.parse(["photos", "tier", "cold"]).run(on: host)
        #expect(fake.transcript.progress.contains("kept for the scheduler k3s"))
        try await StorageLabelsSet.parse(["photos", "tier", "cold"]).run(on: host)
        #expect(fake.transcript.progress.contains("tier is unchanged"))
        try await StorageLabelsReport.parse(["photos", "--json"]).run(on: host)
        try await StorageAnnotationsReport.parse(["photos", "--json"]).run(on: host)
        try await StorageLabelsSet.parse(["photos", "tier"]).run(on: host)
        try await StorageLabelsReport.parse(["photos", "--json"]).run(on: host)
        #expect(fake.transcript.answer == "{\"tier\":\"cold\"}\n{}\n{}\n")
        #expect(await code { try await StorageLabelsSet.parse(["photos", "a b", "c"]).run(on: host) } == .malformed)
    }

    @Test func `one is ready when its folder is there`() async throws {
        try await create("photos")
        try await StorageWait.parse(["photos"]).run(on: host)
        #expect(fake.transcript.progress.contains("photos is ready"))
        #expect(rmdir(folder.path.appending("storage/photos").string) == 0)
        #expect(await code { try await StorageWait.parse(["photos"]).run(on: host) } == .notFound)
    }

    @Test(arguments: [[], ["--"], ["--image"], ["--as-user", "ana", "photos"], ["--x", "photos"]])
    func `a program beside a storage is asked for in one way`(words: [String]) {
        #expect { try StorageExecWish(words) } throws: { ($0 as? Failure)?.code == .usage }
    }

    @Test func `every word behind the name is the program's`() throws {
        let wish = try StorageExecWish(["--image=busybox", "--as-user", "1000:1000", "photos", "--", "ls", "--help"])
        #expect(wish.image == "busybox" && wish.user == "1000:1000" && wish.entry == "photos")
        #expect(wish.words == ["ls", "--help"])
        let line = CommandLineWords(["storage:exec", "photos", "--", "x", "--app", "y", "--quiet"])
        #expect(line.arguments == ["photos", "--", "x", "--app", "y", "--quiet"])
        #expect(throws: Failure.self) { try StorageExecWish(["--image", "a b", "photos"]) }
    }
}
