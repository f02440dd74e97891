import ArgumentParser
import Core
import FoundationEssentials
import Store
import Testing

@testable import Features

@Suite struct `releases commands` {
    let fake = Fake()
    let host: Host

    init() throws { host = try Host.fake(fake) }

    private func twoReleases() async throws -> App {
        let app = try await host.deployedApp()
        let key = try ConfigKey("TOKEN")
        try await Deploys(on: host).change(app, because: "config: added TOKEN") { $0.config[key] = "s3cret" }
        try await host.store.write { database in
            try ReleasesTable.setPinned(true, 1, of: app.id, database)
            try ReleasesTable.setBlocked("loses orders (ana)", 1, of: app.id, database)
        }
        return app
    }

    private func objects(_ text: String) throws -> [[String: Value]] {
        try JSONDecoder().decode([[String: Value]].self, from: Data(text.utf8))
    }

    /// Any value of JSON, as text.
    private struct Value: Decodable, Equatable {
        let text: String

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if value.decodeNil() {
                text = "null"
            } else if let truth = try? value.decode(Bool.self) {
                text = "\(truth)"
            } else if let number = try? value.decode(Int.self) {
                text = "\(number)"
            } else if let words = try? value.decode(String.self) {
                text = words
            } else {
                text = "..."
            }
        }
    }

    @Test func `the list marks what is pinned and blocked, in words and as JSON`() async throws {
        _ = try await twoReleases()
        try await ReleasesList.parse(["shop"]).run(on: host)
        let lines = fake.transcript.answer.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[1].hasPrefix("*  v2  live        config: added TOKEN  ana  "))
        #expect(lines[2].hasPrefix("   v1  superseded  deploy seed          ana  "))
        #expect(lines[2].hasSuffix("ago  pinned, blocked: loses orders (ana)"))
        let before = fake.transcript.answer.count
        try await ReleasesList.parse(["shop", "--format", "json"]).run(on: host)
        let rows = try objects(String(fake.transcript.answer.dropFirst(before)))
        #expect(rows.map { $0["version"]?.text } == ["2", "1"])
        #expect(rows.map { $0["pinned"]?.text } == ["false", "true"])
        #expect(rows.map { $0["blocked"]?.text } == ["null", "loses orders (ana)"])
        #expect(rows.map { $0["imageGone"]?.text } == ["null", "null"], "no engine answers here")
        #expect(rows[0].keys.sorted() == rows[1].keys.sorted(), "keys are stable")
    }

    @Test func `no way of asking shows the value of a variable`() async throws {
        _ = try await twoReleases()
        for words in [["v2"], ["v2", "--diff", "v1"], ["v1", "--diff", "v2"], []] {
            try await ReleasesInfo.parse(["shop"] + words).run(on: host)
            try await ReleasesInfo.parse(["shop"] + words + ["--format", "json"]).run(on: host)
        }
        let said = fake.transcript.answer + fake.transcript.progress
        #expect(!said.contains("s3cret"))
        #expect(said.contains("=====> shop v2 against v1\n       Config:\n         + TOKEN\n"))
        #expect(said.contains("=====> shop v1 against v2\n       Config:\n         - TOKEN\n"))
        #expect(said.contains("       Config:\n         TOKEN\n"))
        #expect(said.contains(#""config":{"TOKEN":null}"#))
        #expect(
            said.contains(
                #"{"changes":[{"change":"added","from":null,"key":"TOKEN","masked":true,"part":"config","to":null}],"#
                    + #""from":1,"to":2}"#
            )
        )
    }

    @Test func `info says who, why and from which release`() async throws {
        _ = try await twoReleases()
        try await ReleasesInfo.parse(["shop"]).run(on: host)
        let answer = fake.transcript.answer
        for (label, value) in [
            ("Reason:", "config: added TOKEN"), ("By:", "ana"), ("From release:", "v1"), ("Image:", "sha256:seed"),
        ] { #expect(answer.contains("       \(label.padded(to: 31))\(value)\n"), "\(label)") }
        await #expect { try await ReleasesInfo.parse(["shop", "v9"]).run(on: host) } throws: {
            ($0 as? Failure)?.code == .notFound
        }
        await #expect { try await ReleasesInfo.parse(["shop", "--diff", "v9"]).run(on: host) } throws: {
            ($0 as? Failure)?.code == .notFound
        }
    }

    @Test(arguments: [
        ["shop", "--code-only", "--config-only"], ["shop", "v0"], ["shop", "latest"],
        ["shop", "v1", "--code-only", ""],
    ])
    func `a rollback that cannot be meant changes nothing`(words: [String]) async throws {
        let app = try await host.deployedApp()
        await #expect(throws: (any Error).self) { try await ReleasesRollback.parse(words).run(on: host) }
        #expect(try await Apps(on: host).find(app.id).current == 1)
        #expect(try await Releases(on: host).all(of: app).count == 1)
    }

    @Test func `both flags are wrong usage`() async throws {
        await #expect {
            try await ReleasesRollback.parse(["shop", "--code-only", "--config-only"]).run(on: host)
        } throws: { ($0 as? Failure)?.code.status == .usage }
    }
}
