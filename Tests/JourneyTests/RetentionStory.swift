import FoundationEssentials
import Support
import Testing

@Suite(
    "Old images go, and nothing of anybody else",
    .serialized,
    .enabled(if: Sandbox.isWanted),
    .timeLimit(.minutes(Sandbox.count(small: 10, full: 40)))
)
struct RetentionStory {
    let sandbox: Sandbox

    init() throws { sandbox = try .current() }

    @Test func `many deploys leave the last five images, and every foreign object`() async throws {
        let app = "story-retention"
        let pushes = Sandbox.count(small: 8, full: 100)
        try await withForeignObjects(named: app) {
            try await sandbox.withApp(app) { repo in
                try await sandbox.done("checks:set", app, "wait-to-retire", "0")
                _ = try await sandbox.slipway("storage:mount", app, "data:/data").succeeded("storage:mount")
                var most = 0
                for number in 1...pushes {
                    try await repo.commit(TestApps.page("\(number)"), message: "Say \(number)")
                    _ = try await repo.push(to: sandbox, app).succeeded("push \(number)")
                    most = max(most, try await imageCount(app))
                }
                #expect(most <= 6, "there were \(most) images of it at once")
                #expect(try await imageCount(app) == 5)
                try await Invariants.check(sandbox, after: "\(pushes) deploys")
                #expect(try await volumes().count == 1, "its own volume, and no other")
                try Results.record("retention", ["pushes": pushes, "most": most])
            }
            // Whatever sweeps has its turn while nothing of ours is left.
            _ = try await sandbox.slipway("disk:clean").succeeded("disk:clean")
            _ = try await sandbox.slipway("tick", "--tidy").succeeded("tick")
            _ = try await sandbox.slipway("repair")
            #expect(try await sandbox.images().isEmpty)
            #expect(try await sandbox.containers().isEmpty)
        }
    }

    private func imageCount(_ app: String) async throws -> Int {
        let id = try #require(try sandbox.identity(of: app))
        return try await sandbox.images().count { image in
            (image.RepoTags ?? []).contains { $0.contains("/\(id):") }
        }
    }

    private struct Volumes: Decodable {
        struct Volume: Decodable { let Name: String }
        let Volumes: [Volume]?
    }

    private func volumes() async throws -> [String] {
        let filters = #"{"label":["slipway.instance=\#(sandbox.instance)"]}"#
        let body = try await sandbox.engine("GET", "/volumes", query: ["filters": filters])
        return (try JSONDecoder().decode(Volumes.self, from: Data(body)).Volumes ?? []).map(\.Name)
    }

    /// An image, a container, a network and a volume of somebody who has names like ours; all still there afterwards.
    private func withForeignObjects(named name: String, _ work: () async throws -> Void) async throws {
        let foreign = "\(name)-foreign"
        let base = "slipway/base:busybox"
        try await sandbox.engine(
            "POST",
            "/images/\(base)/tag",
            query: ["repo": "slipway-ffffffff/\(name)", "tag": "v1"]
        )
        try await sandbox.engine(
            "POST",
            "/containers/create?name=\(foreign).web.1",
            json: #"{"Image":"\#(base)","Cmd":["true"],"Labels":{"slipway.app":"\#(name)"}}"#
        )
        try await sandbox.engine(
            "POST",
            "/networks/create",
            json: #"{"Name":"\#(foreign)","Labels":{"slipway.instance":"ffffffff"}}"#
        )
        try await sandbox.engine("POST", "/volumes/create", json: #"{"Name":"\#(foreign)"}"#)
        let places = [
            "/images/slipway-ffffffff/\(name):v1", "/containers/\(foreign).web.1", "/networks/\(foreign)",
            "/volumes/\(foreign)",
        ]
        let result: Result<Void, any Error>
        do { result = .success(try await work()) } catch { result = .failure(error) }
        for place in places {
            let isBare = place.hasPrefix("/networks") || place.hasPrefix("/volumes")
            await #expect(throws: Never.self, "\(place) is still there") {
                try await sandbox.engine("GET", place + (isBare ? "" : "/json"))
            }
            _ = try? await sandbox.engine("DELETE", place)
        }
        try result.get()
    }
}
