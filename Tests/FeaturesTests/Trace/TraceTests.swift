import ArgumentParser
import Core
import Programs
import Store
import SystemPackage
import Testing

@testable import Features

@Suite struct `tracing` {
    let fake = Fake()
    let host: Host

    init() throws { host = try Host.fake(fake) }

    @Test func `is turned on and off for everybody, and the same again is unchanged`() async throws {
        try await TraceOn.parse([]).run(on: host)
        #expect(try await host.store.read { try HostTable.isOn(.trace, $0) })
        try await TraceOn.parse([]).run(on: host)
        #expect(fake.transcript.progress.hasSuffix("=====> trace is unchanged: on\n"))
        try await TraceOff.parse([]).run(on: host)
        #expect(try await !host.store.read { try HostTable.isOn(.trace, $0) })
        #expect(try await Events(on: host).last(9, of: nil).map(\.name) == ["trace:on", "trace:off"])
    }

    @Test(arguments: [
        ("https://ana:hunter2@git.example/shop.git", "https://******@git.example/shop.git"),
        ("https://git.example/a@b", "https://git.example/a@b"),
        ("--build-arg=API_TOKEN=abc", "--build-arg=API_TOKEN=******"), ("DB_PASSWORD=abc", "DB_PASSWORD=******"),
        ("--password=abc", "--password=******"), ("web=2", "web=2"), ("plain", "plain"),
    ])
    func `shows no secret`(_ word: String, _ shown: String) { #expect(Tracing.masked(word) == shown) }

    @Test func `says each program, how it ended and after how long`() async throws {
        let programs = fake.programs.traced(by: host.output, host.time)
        _ = try await programs.run(Program("/usr/bin/git", ["clone", "https://ana:x@host/a", "two words"]))
        #expect(
            fake.transcript.progress
                == "+ /usr/bin/git clone 'https://******@host/a' 'two words'  exit 0, 0.0 s\n"
        )
    }

    @Test func `a flag anywhere asks for it`() {
        #expect(CommandLineWords(["--trace", "apps:list"]).isTracing)
        #expect(CommandLineWords(["apps:list", "--trace"]).isTracing)
        #expect(CommandLineWords(["apps:list", "--trace"]).arguments.isEmpty)
        #expect(!CommandLineWords(["run", "shop", "sh", "--trace"]).isTracing)
    }
}
