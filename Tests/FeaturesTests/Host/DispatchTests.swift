import Core
import Files
import Testing

@testable import Features

@Suite struct `the words of every command` {
    @Test(arguments: [
        ["--wait", "5", "ps:restart", "shop"], ["ps:restart", "--wait", "5", "shop"],
        ["ps", "restart", "shop", "--wait", "5"],
    ])
    func `the time to wait stands anywhere`(_ words: [String]) throws {
        let line = CommandLineWords(words)
        #expect(line.command == "ps:restart")
        #expect(line.arguments == ["shop"])
        #expect(try line.patience() == .seconds(5))
    }

    @Test func `words of a program of the app's are its own`() throws {
        let line = CommandLineWords(["run", "shop", "sleep", "--wait", "5"])
        #expect(line.arguments == ["shop", "sleep", "--wait", "5"])
        #expect(try line.patience() == nil)
    }

    @Test(arguments: ["soon", "-1", "", "1.5", "999999"])
    func `a time to wait is whole seconds, up to a day`(_ text: String) {
        #expect(throws: Failure.self) { try CommandLineWords(["--wait", text, "ps:restart", "shop"]).patience() }
    }

    @Test func `who does not want to wait is told at once that the app is busy`() async throws {
        let fake = Fake()
        var host = try Host.fake(fake)
        let app = try await host.deployedApp()
        let lock = try #require(try FileLock.tryTake(host.paths.lock(of: app.id)))
        defer { lock.release() }
        host.caller.patience = .zero
        let impatient = host
        await #expect {
            _ = try await Operations(on: impatient).take(app, waiting: .seconds(60))
        } throws: { ($0 as? Failure)?.code == .busy }
    }
}
