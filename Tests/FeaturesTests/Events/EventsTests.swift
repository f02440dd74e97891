import ArgumentParser
import Core
import Store
import Testing

@testable import Features

@Suite struct `the events of a host` {
    let fake = Fake()
    let host: Host

    init() async throws {
        host = try Host.fake(fake)
        try await Apps(on: host).create(try AppName("shop"))
        try await Apps(on: host).create(try AppName("api"))
    }

    @Test func `say when, of which app, what and by whom`() async throws {
        try await EventsShow.parse(["shop"]).run(on: host)
        #expect(fake.transcript.answer.hasSuffix("Z shop apps:create by ana: created shop\n"))
        #expect(fake.transcript.answer.split(separator: "\n").count == 1)
    }

    @Test func `the newest stand at the end, and a number limits them`() async throws {
        try await EventsShow.parse(["-n", "1"]).run(on: host)
        #expect(fake.transcript.answer.contains("created api") && !fake.transcript.answer.contains("created shop"))
        for bad in ["-1", "x", "100001"] {
            await #expect(throws: (any Error).self) { try await EventsShow.parse(["--num=\(bad)"]).run(on: host) }
        }
    }

    @Test func `of an app that is not there are none`() async throws {
        await #expect { try await EventsShow.parse(["nowhere"]).run(on: host) } throws: {
            Failure($0).code == .noSuchApp
        }
    }

    @Test func `as JSON they have stable keys`() async throws {
        try await EventsShow.parse(["shop", "--format", "json"]).run(on: host)
        #expect(fake.transcript.answer.hasPrefix(#"[{"app":"shop","at":"20"#))
        #expect(fake.transcript.answer.contains(#""by":"ana","detail":"created shop","event":"apps:create"}]"#))
    }

    @Test func `the list has every kind once`() async throws {
        try await EventsList.parse([]).run(on: host)
        #expect(fake.transcript.answer == "=====> Logged events\napps:create\n")
    }

    @Test func `off, nothing is written but that they are off and on again`() async throws {
        try await EventsOff.parse([]).run(on: host)
        try await EventsOff.parse([]).run(on: host)
        #expect(fake.transcript.progress.hasSuffix("=====> events are unchanged: off\n"))
        try await Apps(on: host).create(try AppName("silent"))
        try await EventsShow.parse([]).run(on: host)
        #expect(fake.transcript.progress.contains("events are off"))
        #expect(!fake.transcript.answer.contains("silent"))
        try await EventsOn.parse([]).run(on: host)
        try await Apps(on: host).create(try AppName("loud"))
        let names = try await Events(on: host).last(10, of: nil).map(\.name)
        #expect(names == ["apps:create", "apps:create", "events:off", "events:on", "apps:create"])
    }

    @Test func `who follows is told what comes, once each`() async throws {
        struct Enough: Error {}
        let last = try await Events(on: host).last(1, of: nil).last?.id ?? 0
        try await Apps(on: host).create(try AppName("first"))
        try await Apps(on: host).create(try AppName("second"))
        var seen: [String] = []
        await #expect(throws: Enough.self) {
            try await Events(on: host).follow(of: nil, after: last) { event in
                seen.append(event.detail)
                if seen.count == 2 { throw Enough() }
            }
        }
        #expect(seen == ["created first", "created second"])
    }
}
