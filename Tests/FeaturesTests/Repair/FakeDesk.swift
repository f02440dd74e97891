import Core
import Engine
import GRDB
import Repositories
import Scheduling
import Store
import Support
import Synchronization
import Testing

@testable import Features

/// The engine's images and network as a test wants them, and what repair has done to them.
final class FakeDesk: Sendable {
    struct State: Sendable {
        var images: [ImageSummary] = []
        var network: NetworkFacts?
        var networksMade = 0
        var untagged: [String] = []
        var isDown = false
    }

    private let state = Mutex(State())

    init() {
        change { state in
            state.images = [Self.image("sha256:seed")]
            state.network = Self.network(["172.30.0.0/20"], ["172.30.8.0/21"])
        }
    }

    var now: State { state.withLock { $0 } }
    func change(_ edit: (inout State) -> Void) { state.withLock { edit(&$0) } }

    static func image(_ id: String, tags: [String] = []) -> ImageSummary {
        ImageSummary(id: id, tags: tags, labels: [:], created: nil, size: 1)
    }

    static func network(_ subnets: [String], _ ranges: [String], instance: String = "0badcafe") -> NetworkFacts {
        var facts = NetworkFacts(id: "n", name: "slipway-0badcafe")
        facts.labels = [Engine.instanceLabel: instance]
        facts.subnets = subnets
        facts.ranges = ranges
        return facts
    }

    var desk: EngineDesk {
        EngineDesk(
            network: { try self.asked().network },
            makeNetwork: {
                self.change { $0.networksMade += 1 }
                self.change { $0.network = Self.network(["172.30.0.0/20"], ["172.30.8.0/21"]) }
            },
            images: { try self.asked().images },
            holds: { id in try self.asked().images.contains { $0.id == id } },
            untag: { tag in self.change { $0.untagged.append(tag) } }
        )
    }

    private func asked() throws -> State {
        let now = now
        if now.isDown { throw EngineError.unreachable(socket: "/x.sock", reason: "refused") }
        return now
    }
}

/// A host with an app, and what can be broken about them.
struct RepairBench: Sendable {
    let folder: TemporaryFolder
    let fake: Fake
    let host: Host
    let desk = FakeDesk()

    init() throws {
        folder = try TemporaryFolder()
        fake = Fake(in: folder.path)
        host = try Host.fake(fake)
    }

    /// The same with another host on the same fakes.
    init(_ other: RepairBench, on host: Host) { (folder, fake, self.host) = (other.folder, other.fake, host) }

    func repair(isDry: Bool = false, only: App? = nil) async throws -> RepairReport {
        try await Repair(on: host, desk: desk.desk).run(isDry: isDry, only: only)
    }

    /// What repair finds, then does, then finds again: a dry run changes nothing, and a good repair leaves nothing.
    func mended(_ kind: Difference.Kind, sourceLocation: SourceLocation = #_sourceLocation) async throws -> [Repaired] {
        let dry = try await repair(isDry: true)
        #expect(dry.all.map(\.difference.kind) == [kind], sourceLocation: sourceLocation)
        #expect(dry.all.allSatisfy { $0.outcome == .planned }, sourceLocation: sourceLocation)
        let again = try await repair(isDry: true)
        #expect(dry.all == again.all, sourceLocation: sourceLocation)
        let real = try await repair()
        #expect(real.all.map(\.difference) == dry.all.map(\.difference), sourceLocation: sourceLocation)
        #expect(real.all.allSatisfy { $0.outcome == .done }, sourceLocation: sourceLocation)
        #expect(try await repair(isDry: true).summary == "nothing to repair", sourceLocation: sourceLocation)
        return real.all
    }

    func instances(_ app: App) async throws -> [Instance] { try await Ps(on: host).instances(of: app) }

    /// An app whose current release was made of a commit that was pushed.
    func pushedApp() async throws -> (app: App, revision: Revision) {
        let app = try await host.deployedApp()
        try await Git(on: host).prepare(app)
        _ = try await Properties("git", on: host).set(Git.deployBranch, to: "main", of: app)
        let revision = try await push("one", to: app)
        return (try await Apps(on: host).find(app.id), revision)
    }

    /// What a deploy of a new commit leaves behind, which no engine has built here; without a branch it moves none, and
    /// one that is not started leaves a release that waits.
    func push(
        _ words: String,
        to app: App,
        _ branch: String? = "main",
        from source: String = "git-push",
        image: String = "sha256:seed",
        isStarted: Bool = true
    ) async throws -> Revision {
        let host = host
        let tip = try host.repositories.resolve("refs/heads/\(branch ?? "main")", in: app.id)
        let files: [(path: String, bytes: [UInt8])] = [("Dockerfile", Array("FROM \(words)\n".utf8))]
        let made = try await host.repositories.commit(files: files, parent: tip, message: words, in: app.id)
        let revision = try #require(made)
        var release = try await Releases(on: host).find(1, of: app)
        let number = try await Releases(on: host).all(of: app).count + 1
        (release.number, release.revision, release.status, release.image) = (number, revision, .pending, image)
        let build = Build(
            id: "b\(number)",
            app: app.id,
            release: number,
            status: .running,
            source: source,
            revision: revision,
            caller: "ana",
            startedAt: .now
        )
        let (new, id) = (release, app.id)
        try await host.store.write { database in
            try ReleasesTable.insert(new, database)
            try BuildsTable.insert(build, database)
            try BuildsTable.end(build.id, .succeeded, image: image, at: .now, database)
            guard isStarted else { return }
            try ReleasesTable.makeLive(number, of: id, at: .now, database)
            try AppsTable.setCurrent(number, of: id, database)
        }
        try await Operations(on: host).run(Settling.deploy, on: app, "deploy") { held in
            try await held.note(["branch": branch ?? "", "scale": "", "release": "\(number)"])
            try await Settling(host: host, held: held).moveReferences(app, new)
        }
        return revision
    }
}
