import ArgumentParser
import Core
import GRDB
import Store
import Testing

@testable import Features

@Suite struct `git` {
    @Test(arguments: ["shop", "/shop", "shop.git", "/shop.git", "~/shop"])
    func `an address names an app`(text: String) throws { #expect(try GitAddress(text).name.text == "shop") }

    @Test(arguments: ["", "/", "../x", "shop;id", "a/b", "Shop", "$(x)", "shop\n"])
    func `an address that names none is refused`(text: String) {
        #expect(throws: Failure.self) { try GitAddress(text) }
    }

    @Test func `packet lines count themselves`() {
        #expect(PktLine.encode("ok refs/heads/main\n") == Array("0017ok refs/heads/main\n".utf8))
    }

    @Test func `only one branch is taken, and the one that is deployed`() async throws {
        let host = try Host.fake()
        let app = try await Apps(on: host).create(try AppName("shop"))
        let git = Git(on: host)
        let (zero, one) = (
            try Revision(String(repeating: "0", count: 40)), try Revision(String(repeating: "1", count: 40))
        )
        func command(_ ref: String, new: Revision) -> ProcReceiveRequest.Command {
            .init(old: zero, new: new, ref: ref)
        }
        try await git.refuse([command("refs/heads/main", new: one)], app)
        for bad in [
            [], [command("refs/tags/v1", new: one)], [command("refs/heads/main", new: zero)],
            [command("refs/heads/a", new: one), command("refs/heads/b", new: one)],
            [command("refs/slipway/v1", new: one)],
        ] {
            await #expect { try await git.refuse(bad, app) } throws: { ($0 as? Failure)?.code == .refusedPush }
        }
        _ = try await Properties("git", on: host).set(Git.deployBranch, to: "main", of: app)
        await #expect { try await git.refuse([command("refs/heads/dev", new: one)], app) } throws: {
            ($0 as? Failure)?.why == "its deploy branch is \"main\""
        }
    }

    @Test func `the report says which branch would be deployed while no push has set one`() async throws {
        let fake = Fake()
        let host = try Host.fake(fake)
        let app = try await Apps(on: host).create(try AppName("shop"))
        try await ReportCommand<GitCommands>.parse(["shop", "--git-deploy-branch"]).run(on: host)
        try await ReportCommand<GitCommands>.parse(["shop", "--git-computed-deploy-branch"]).run(on: host)
        try await ReportCommand<GitCommands>.parse(["--global", "--git-computed-deploy-branch"]).run(on: host)
        _ = try await Properties("git", on: host).set(Git.deployBranch, to: "trunk", of: app)
        try await ReportCommand<GitCommands>.parse(["shop", "--git-computed-deploy-branch"]).run(on: host)
        #expect(fake.transcript.answer == "\nmain\nmain\ntrunk\n")
    }

    @Test func `the newest waiting push supersedes the older one`() async throws {
        let host = try Host.fake()
        let app = try await Apps(on: host).create(try AppName("shop"))
        try await host.store.write { database in
            try OperationsTable.enqueue("a", app.id, caller: "ana", summary: "push of 1", at: .now, database)
            try OperationsTable.enqueue("b", app.id, caller: "ben", summary: "push of 2", at: .now, database)
        }
        #expect(
            try await host.store.read { try OperationsTable.waiting("a", $0) } == .superseded(by: "push of 2 by ben")
        )
        #expect(try await host.store.read { try OperationsTable.waiting("b", $0) } == .wanted)
        try await host.store.write { try OperationsTable.cancel(token: "b", $0) }
        #expect(try await host.store.read { try OperationsTable.waiting("b", $0) } == .cancelled)
    }
}
