import ArgumentParser
import Core
import Testing

@testable import Features

@Suite struct `What no dump of a server holds` {
    let stage: ServiceStage

    init() throws { stage = try ServiceStage() }

    @Test func `is named, and left behind by whoever says so`() async throws {
        try await stage.with { host in
            try await ServicesCreate.parse(["postgres", "db", "-I", "16"]).run(on: host)
            stage.fake.scheduler.programs.answer { run in
                let isAsked = run.words.contains("FROM pg_database")
                return isAsked ? .init(output: "database sales\nrole ana\n") : ServiceStage.server(run)
            }
            let refused = await stage.run("services:upgrade", "postgres", "db", on: host)
            #expect(refused.status == 3 && refused.said.contains("would not have: database sales, role ana"))
            #expect(try await stage.find("postgres", "db", host).reference == "postgres:16")
            let backup = await stage.run("services:backup", "postgres", "db", on: host)
            #expect(backup.status == 0 && backup.said.contains("made by hand: database sales, role ana"), "\(backup)")
            #expect(await stage.run("services:upgrade", "postgres", "db", "--force", on: host).status == 0)
            #expect(try await stage.find("postgres", "db", host).reference == "postgres:17")
            #expect(try await stage.isQuiet(host))
        }
    }
}
