import Core
import Files
import Glibc
import Programs
import Support
import Synchronization
import SystemPackage
import Testing

@testable import Plugins

/// The plugins that come with the product, each by its own tests.
@Suite(.timeLimit(.minutes(5)), .enabled(if: SwiftFixture.compiler != nil, "there is no Swift compiler here"))
struct BundledPluginTests {
    let fixture: SwiftFixture

    init() throws { fixture = try SwiftFixture() }

    @Test(arguments: ["hello", "webhook", "slack", "mail"])
    func `its own tests pass, and it takes no part before somebody wants it`(_ name: String) async throws {
        let plugin = try await fixture.bundled(name)
        #expect(!plugin.startsEnabled && !plugin.summary.isEmpty)
        let outcome = try #require(try await fixture.hooks().test(plugin, in: fixture.folder.path.appending("stage")))
        #expect(
            outcome.ending.isSuccess && outcome.text == "\(name): all is well\n",
            "\(outcome.text)\(outcome.errorText)"
        )
    }

    @Test(.enabled(if: access("/usr/bin/curl", X_OK) == 0, "there is no curl here"))
    func `a webhook is delivered with a signature that fits`() async throws {
        let server = try await StubHTTPServer(hasPort: true) { _ in .init(status: 200) }
        let address = "http://127.0.0.1:\(try #require(server.port))"
        let plugin = try await fixture.bundled("webhook")
        let stage = fixture.folder.path.appending("stage")
        let outcome = try #require(
            try await fixture.hooks().test(plugin, in: stage, telling: ["ADDRESS": address])
        )
        #expect(outcome.ending.isSuccess, "\(outcome.text)\(outcome.errorText)")
        await server.stop()
        let deploy = try #require(server.requests.first { $0.headers["x-slipway-event"] == "deploy" })
        #expect(deploy.method == "POST" && deploy.target == "/secret/path")
        #expect(deploy.body.contains(#""app":"shop""#) && deploy.body.contains(#""release":"v3""#))
        #expect(deploy.headers["x-slipway-signature"]?.count == "sha256=".count + 64)
        #expect(server.requests.contains { $0.headers["x-slipway-event"] == "deploy-failed" })
    }

    @Test(.enabled(if: access("/usr/bin/curl", X_OK) == 0, "there is no curl here"))
    func `Slack is told in its own words`() async throws {
        let server = try await StubHTTPServer(hasPort: true) { _ in .init(status: 200, body: "ok") }
        let address = "http://127.0.0.1:\(try #require(server.port))"
        let plugin = try await fixture.bundled("slack")
        let stage = fixture.folder.path.appending("stage")
        let outcome = try #require(
            try await fixture.hooks().test(plugin, in: stage, telling: ["ADDRESS": address])
        )
        #expect(outcome.ending.isSuccess, "\(outcome.text)\(outcome.errorText)")
        await server.stop()
        #expect(server.requests.map(\.body).contains(#"{"text":":rocket: v3 of shop is live, by tests"}"#))
    }

    @Test(.enabled(if: access("/usr/bin/curl", X_OK) == 0, "there is no curl here"))
    func `what a server does not take is tried again, and what it takes is gone`() async throws {
        let refusals = Tries()
        let server = try await StubHTTPServer(hasPort: true) { _ in .init(status: refusals.next() ? 503 : 200) }
        let run = try await webhook()
        let address = "http://127.0.0.1:\(try #require(server.port))"
        let added = try await run("subcommands/add.swift", ["webhook:add", "--global", address], nil)
        let secret = try #require(added.text.split(separator: "\n").last.map(String.init))
        _ = try await run("hooks/post-deploy.swift", ["shop", "", "", "v3"], "post-deploy")
        _ = try await run("subcommands/deliver.swift", ["webhook:deliver", "--once"], nil)
        let left = try listFolder(queue).filter { !$0.hasPrefix(".") }
        #expect(left.count == 1, "it is kept")
        let text = String(decoding: try readFile(queue.appending(left[0])) ?? [], as: UTF8.self)
        #expect(text.contains(#""tries":1"#))
        _ = try await run("subcommands/deliver.swift", ["webhook:deliver", "--once"], nil)
        #expect(server.requests.count == 1, "it is not due yet")
        let due = try #require(text.firstMatch(of: /"due":[0-9]+/))
        try writeFile(queue.appending(left[0]), Array(text.replacing(due.output, with: "\"due\":1").utf8))
        _ = try await run("subcommands/deliver.swift", ["webhook:deliver", "--once"], nil)
        #expect(try listFolder(queue).filter { !$0.hasPrefix(".") }.isEmpty)
        await server.stop()
        #expect(server.requests.count == 2)
        let asked = try #require(server.requests.last)
        let sign = try await Programs.live.run(
            Program("/usr/bin/openssl", ["dgst", "-sha256", "-hmac", secret], input: Array(asked.body.utf8))
        )
        let expected = try #require(sign.text.trimmed.split(separator: " ").last)
        #expect(asked.headers["x-slipway-signature"] == "sha256=\(expected)")
    }

    @Test(.enabled(if: access("/usr/bin/curl", X_OK) == 0, "there is no curl here"))
    func `a target that answers at length, or that cannot be asked, keeps none from the others`() async throws {
        let server = try await StubHTTPServer(hasPort: true) { asked in
            .init(status: 200, body: asked.target == "/long" ? String(repeating: "x", count: 3 << 20) : "ok")
        }
        let run = try await webhook()
        let address = "http://127.0.0.1:\(try #require(server.port))"
        for path in ["long", "b", "c"] {
            _ = try await run("subcommands/add.swift", ["webhook:add", "--global", "\(address)/\(path)"], nil)
        }
        _ = try await run("hooks/post-deploy.swift", ["shop", "", "", "v3"], "post-deploy")
        // Whatever wrote it there, it is no address and can never be asked.
        let first = try #require(try listFolder(queue).first { !$0.hasPrefix(".") })
        let text = String(decoding: try readFile(queue.appending(first)) ?? [], as: UTF8.self)
        let url = try #require(text.firstMatch(of: /"url":"[^"]*"/))
        let broken = text.replacing(url.output, with: #""url":"nowhere""#)
        try writeFile(queue.appending("0-\(first)"), Array(broken.utf8))
        let end = try await run("subcommands/deliver.swift", ["webhook:deliver", "--once"], nil)
        #expect(end.ending.isSuccess, "\(end.errorText)")
        #expect(try listFolder(queue).filter { !$0.hasPrefix(".") } == ["0-\(first)"], "it waits for its next try")
        await server.stop()
        #expect(server.requests.map(\.target).sorted() == ["/b", "/c", "/long"])
    }

    private var root: FilePath { fixture.folder.path.appending("root") }
    private var queue: FilePath { root.appending("plugin-data/webhook/queue") }

    /// What runs a file of the webhook plugin with some words, as the hook of a trigger or as a command.
    private func webhook() async throws -> (String, [String], String?) async throws -> Outcome {
        let plugin = try await fixture.bundled("webhook")
        let slipway = try fixture.folder.write("slipway", "#!/bin/sh\nexit 0\n", mode: 0o755)
        let (hooks, root) = (fixture.hooks(), root)
        try makeFolder(root)
        return { path, words, trigger in
            let program = try await hooks.program(of: plugin.folder.appending(path), in: plugin)
            var variables = ["SLIPWAY_ROOT": root.string, "SLIPWAY_PLUGIN": "webhook", "SLIPWAY_BIN": slipway.string]
            variables["PATH"] = "/usr/bin:/bin"
            variables["SLIPWAY_TRIGGER"] = trigger
            return try await Programs.live.run(Program(program, words, environment: .exactly(variables)))
        }
    }
}

/// True the first time, false from then on.
private final class Tries: Sendable {
    private let isFirst = Mutex(true)

    func next() -> Bool {
        isFirst.withLock { first in
            defer { first = false }
            return first
        }
    }
}
