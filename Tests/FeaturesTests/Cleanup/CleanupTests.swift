import ArgumentParser
import Core
import Files
import Testing

@testable import Features

@Suite struct `cleanup` {
    @Test func `of a host removes what nothing needs, and says there is nothing the second time`() async throws {
        let fake = Fake()
        let engine = FakeEngine()
        try await engine.with(fake) { host in
            let app = try await Apps(on: host).create(try AppName("shop"))
            engine.change { state in
                state.images["sha256:gone"] = FakeEngine.Image(
                    tags: ["slipway-\(host.settings.instance)/\(app.id):v7"],
                    labels: ["slipway.instance": host.settings.instance, "slipway.app": "zzzzzzzzzz"]
                )
            }
            try await CleanupCommand.parse(["--format", "json"]).run(on: host)
            #expect(fake.transcript.answer.hasPrefix(#"{"freedBytes":"#))
            try await CleanupCommand.parse([]).run(on: host)
            #expect(fake.transcript.progress.hasSuffix("-----> Nothing to remove\n"))
            _ = try await Properties("disk", on: host).set(Disk.cacheCap, to: "2", of: nil)
            engine.change { $0.buildCache = 7 << 20 }
            try await CleanupCommand.parse([]).run(on: host)
            #expect(fake.transcript.progress.hasSuffix("-----> The build cache cut by 5.2 MB, 5.2 MB freed\n"))
            engine.change { $0.buildCache = 7 << 20 }
            try await CleanupCommand.parse(["--format", "json"]).run(on: host)
            #expect(fake.transcript.answer.contains(#""freedCacheBytes":5242880"#))
        }
    }

    @Test func `of an app looks at that app alone, under its lock`() async throws {
        let fake = Fake()
        try await FakeEngine().with(fake) { host in
            let app = try await Apps(on: host).create(try AppName("shop"))
            try await CleanupCommand.parse(["shop"]).run(on: host)
            #expect(fake.transcript.progress.hasSuffix("-----> Nothing to remove\n"))
            let lock = try await Operations(on: host).take(app, waiting: .seconds(1))
            defer { lock.release() }
            var impatient = host
            impatient.caller.patience = .zero
            let other = impatient
            await #expect { try await CleanupCommand.parse(["shop"]).run(on: other) } throws: {
                Failure($0).code == .busy
            }
        }
    }

    @Test func `of an app that is not there is refused`() async throws {
        let host = try Host.fake()
        await #expect { try await CleanupCommand.parse(["nowhere"]).run(on: host) } throws: {
            Failure($0).code == .noSuchApp
        }
    }
}
