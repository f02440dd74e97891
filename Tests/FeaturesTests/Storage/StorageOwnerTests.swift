import ArgumentParser
import Core
import Glibc
import Scheduling
import Support
import Synchronization
import SystemPackage
import Testing

@testable import Features

/// What our own user may not do with a folder is done by root of a throw-away container.
@Suite(.timeLimit(.minutes(1))) struct `the owner of a folder` {
    let folder: TemporaryFolder
    let fake: Fake

    init() throws {
        folder = try TemporaryFolder()
        fake = Fake(in: folder.path)
    }

    private static let engine: FakeEngine = {
        let engine = FakeEngine()
        engine.change { $0.images["sha256:alpine"] = FakeEngine.Image(tags: ["alpine:3"], labels: [:]) }
        return engine
    }()

    /// A folder whose mode not even root may change.
    private static let untouchable: FilePath = "/proc/self/task"

    /// What was made and started while `work` ran.
    private func made(_ work: (Host) async throws -> Void) async throws -> [Workload] {
        let all = Mutex<[Workload]>([])
        let scheduler = fake.scheduler
        scheduler.watch { word in
            guard word.hasPrefix("start "), let entry = scheduler.entries[String(word.dropFirst(6))] else { return }
            all.withLock { $0.append(entry.workload) }
        }
        try await Self.engine.with(fake, work)
        return all.withLock(\.self)
    }

    @Test func `is changed by root of a container that is gone afterwards`() async throws {
        let made = try await made { host in
            let owner = try FolderOwner("heroku")
            try await Storage(on: host).give(Self.untouchable, to: owner, mode: try FolderMode("0750"))
        }
        let workload = try #require(made.first)
        #expect(made.count == 1)
        #expect(workload.command == ["sh", "-c", "chown 1000:1000 /data && chmod 750 /data"])
        #expect(workload.user == "0" && workload.image == "sha256:alpine" && workload.restartPolicy == "no")
        #expect(
            workload.mounts == [WorkloadMount(source: Self.untouchable.string, target: "/data", isReadOnly: false)]
        )
        #expect(fake.scheduler.entries.isEmpty)
    }

    @Test func `that is nobody's needs the mode alone`() async throws {
        let made = try await made { host in
            try await Storage(on: host).give(Self.untouchable, to: try FolderOwner("false"), mode: nil)
        }
        #expect(made.map(\.command) == [["sh", "-c", "chmod 777 /data"]])
    }

    @Test func `that the container could not change is told with a way out`() async throws {
        fake.scheduler.endsWith(1)
        let failure = await #expect(throws: Failure.self) {
            _ = try await made { host in
                try await Storage(on: host).give(Self.untouchable, to: try FolderOwner("root"), mode: nil)
            }
        }
        #expect(failure?.code == .notAllowed)
        #expect(failure?.why?.contains("sh ended with 1") == true)
        #expect(failure?.fix?.contains("docker pull alpine:3") == true)
        #expect(fake.scheduler.entries.isEmpty)
    }

    @Test func `is not changed where the container cannot start, and none is left`() async throws {
        let scheduler = fake.scheduler
        scheduler.watch { _ in throw Failure(.engineRefused, "no room") }
        await #expect {
            try await Self.engine.with(fake) { host in
                try await Storage(on: host).give(Self.untouchable, to: try FolderOwner("root"), mode: nil)
            }
        } throws: {
            Failure($0).code == .notAllowed
        }
        #expect(scheduler.entries.isEmpty)
    }

    @Test(.enabled(if: getuid() == 0, "only root can give files away"))
    func `that we may change ourselves needs no container`() async throws {
        let made = try await made { host in
            try await StorageEnsureDirectory.parse(["--chown", "paketo", "photos"]).run(on: host)
            try await StorageCreate.parse(["films", "--chown", "root", "--mode", "0700"]).run(on: host)
        }
        #expect(made.isEmpty)
    }
}
