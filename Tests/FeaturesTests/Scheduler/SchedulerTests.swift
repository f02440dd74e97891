import ArgumentParser
import Core
import Testing

@testable import Features

@Suite struct `scheduler` {
    let fake = Fake()
    let host: Host

    init() throws { host = try Host.fake(fake) }

    private func set(_ words: String...) async throws {
        try await SetProperty<SchedulerCommands>.parse(words).run(on: host)
    }

    @Test(arguments: ["k3s", "null", "nomad", "anything"])
    func `there is one kind, and another is refused`(name: String) async throws {
        try await Apps(on: host).create(try AppName("shop"))
        let failure = await #expect(throws: Failure.self) { try await set("shop", "selected", name) }
        #expect(failure?.code == .malformed)
        #expect(failure?.fix?.contains("docker-local") == true)
    }

    @Test func `is chosen for an app or for all`() async throws {
        try await Apps(on: host).create(try AppName("shop"))
        try await set("shop", "selected", "docker-local")
        try await set("shop", "selected", "docker-local")
        #expect(fake.transcript.progress.contains("selected is unchanged"))
        try await set("--global", "selected", "docker-local")
        try await set("--global", "shell", "/bin/ash")
        try await ReportCommand<SchedulerCommands>.parse(["shop", "--scheduler-computed-selected"]).run(on: host)
        try await ReportCommand<SchedulerCommands>.parse(["shop", "--scheduler-computed-shell"]).run(on: host)
        try await ReportCommand<SchedulerCommands>.parse(["shop", "--scheduler-shell"]).run(on: host)
        #expect(fake.transcript.answer == "docker-local\n/bin/ash\n\n")
        await #expect { try await set("nope", "shell", "sh") } throws: { ($0 as? Failure)?.code == .noSuchApp }
        await #expect { try await set("shop", "shell", "a 'b") } throws: { ($0 as? Failure)?.code == .malformed }
        await #expect { try await set("shop", "colour", "red") } throws: { ($0 as? Failure)?.code == .usage }
    }
}
