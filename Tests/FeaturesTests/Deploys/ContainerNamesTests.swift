import ArgumentParser
import Core
import Scheduling
import Testing

@testable import Features

@Suite struct `names of containers` {
    let fake = Fake()
    let host: Host

    init() throws { host = try Host.fake(fake) }

    @Test func `a name that another container has is said, and the release is live all the same`() async throws {
        let app = try await host.deployedApp()
        let (handle, entry) = try #require(fake.scheduler.entries.first)
        try await fake.scheduler.rename(handle, to: "elsewhere")
        let foreign = try await fake.scheduler.create(Workload(name: entry.name, image: "x", hostname: "x"))
        try await host.deploy("sha256:two", app)
        #expect(try await Apps(on: host).find(app.id).current == 2)
        #expect(fake.transcript.progress.contains("another container is called \(entry.name)"))
        #expect(try await Operations(on: host).running().filter { $0.kind == "deploy" }.isEmpty)
        try await fake.scheduler.remove(foreign)
        try await Control(on: host).restart(app, only: nil)
        #expect(fake.scheduler.entries.values.contains { $0.name == entry.name }, "with the next deploy")
    }

    @Test func `a renamed app leaves its names to others`() async throws {
        _ = try await host.deployedApp(web: 2)
        let before = fake.scheduler.entries.values.map(\.name).sorted()
        try await AppsRename.parse(["shop", "store"]).run(on: host)
        let names = fake.scheduler.entries.values.map(\.name).sorted()
        #expect(names == before.map { $0.replacing("shop.", with: "store.") })
        _ = try await host.deployedApp(web: 2)
        #expect(Set(fake.scheduler.entries.values.map(\.name)) == Set(names + before))
    }
}
