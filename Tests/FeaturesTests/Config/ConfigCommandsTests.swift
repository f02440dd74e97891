import ArgumentParser
import Core
import Testing

@testable import Features

@Suite struct `config commands` {
    let fake = Fake()
    let host: Host

    init() throws { host = try Host.fake(fake) }

    @Test func `what is set is shown, exported, and bundled as files`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        try await ConfigSet.parse(["shop", "B=two words", "A=1"]).run(on: host)
        try await ConfigKeys.parse(["shop"]).run(on: host)
        #expect(fake.transcript.answer == "A\nB\n")
        try await ConfigBundle.parse(["shop"]).run(on: host)
        var reader = TarReader()
        let archive = Array(fake.transcript.answer.dropFirst("A\nB\n".count).utf8)
        let events = try reader.push(archive)
        #expect(events.contains(.entry(TarHeader(name: "A", size: 1, mode: 0o600))))
        #expect(events.contains(.data(Array("two words".utf8))))
        #expect(try await Config(on: host).all(of: app).count == 2)
    }

    @Test func `the same again is unchanged, and a missing key is silent`() async throws {
        _ = try await Apps(on: host).create(try AppName("shop"))
        try await ConfigSet.parse(["shop", "A=1"]).run(on: host)
        try await ConfigSet.parse(["shop", "A=1"]).run(on: host)
        #expect(fake.transcript.progress.hasSuffix("shop config is unchanged\n"))
        await #expect(throws: (any Error).self) { try await ConfigGet.parse(["shop", "NONE"]).run(on: host) }
        #expect(fake.transcript.answer.isEmpty)
    }

    @Test(arguments: [["shop"], ["shop", "A"], ["shop", "1A=x"], ["none", "A=1"], []])
    func `bad input changes nothing`(words: [String]) async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        await #expect(throws: Failure.self) { try await ConfigSet.parse(words).run(on: host) }
        #expect(try await Config(on: host).all(of: app).isEmpty)
    }
}
