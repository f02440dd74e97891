import ArgumentParser
import Core
import Testing

@testable import Features

@Suite struct `tags of images` {
    let fake = Fake()
    let host: Host
    let app: App
    /// An engine that has every image.
    let shelf = ImageShelf(holds: { _ in true }, ids: { [] })

    init() async throws {
        host = try Host.fake(fake)
        app = try await host.deployedApp()
    }

    private func create(_ name: String, _ number: Int? = nil) async throws -> (Int, Bool) {
        try await Tags(on: host).create(try TagName(name), number, of: app, shelf: shelf)
    }

    private func isPinned() async throws -> Bool { try await Releases(on: host).pinned(of: app).contains(1) }

    @Test func `name a release and keep its image, and the same again is unchanged`() async throws {
        #expect(try await create("stable") == (1, true))
        #expect(try await create("stable", 1) == (1, false))
        #expect(try await isPinned())
        #expect(try await Events(on: host).last(1, of: app).map(\.detail) == ["stable is v1"])
    }

    @Test func `let the image go with the last of them`() async throws {
        _ = try await create("one")
        _ = try await create("two")
        _ = try await Tags(on: host).destroy("one", of: app)
        #expect(try await isPinned())
        _ = try await Tags(on: host).destroy("two", of: app)
        #expect(try await !isPinned())
    }

    @Test func `that came before a person's pin leave it alone, and so do those after it`() async throws {
        var releases = Releases(on: host)
        releases.shelf = shelf
        _ = try await releases.pin(1, of: app)
        _ = try await create("one")
        _ = try await Tags(on: host).destroy("one", of: app)
        #expect(try await isPinned())
    }

    @Test(arguments: ["", ".a", "-a", "a b", "a/b", "v3", "12", "a\n", String(repeating: "a", count: 129)])
    func `have names of their own`(_ name: String) {
        #expect { try TagName(name) } throws: { ($0 as? Failure)?.code == .malformed }
    }

    @Test func `what is not there is refused`() async throws {
        await #expect { _ = try await create("x", 9) } throws: { Failure($0).code == .notFound }
        for command in [TagsDeploy.self, TagsDestroy.self] as [any HostCommand.Type] {
            await #expect { try await command.parse(["shop", "nothing"]).run(on: host) } throws: {
                Failure($0).code == .notFound
            }
            await #expect { try await command.parse(["nowhere", "nothing"]).run(on: host) } throws: {
                Failure($0).code == .noSuchApp
            }
        }
        await #expect { try await TagsList.parse(["nowhere"]).run(on: host) } throws: { Failure($0).code == .noSuchApp }
        let undeployed = try await Apps(on: host).create(try AppName("api"))
        await #expect {
            _ = try await Tags(on: host).create(try TagName("x"), nil, of: undeployed, shelf: shelf)
        } throws: { Failure($0).code == .notDeployed }
    }

    @Test func `are listed with the releases they name`() async throws {
        _ = try await create("stable")
        try await TagsList.parse(["shop", "--format", "json"]).run(on: host)
        let answer = fake.transcript.answer
        #expect(answer.contains(#""image":"sha256:seed","live":true,"release":1,"tag":"v1"}"#))
        #expect(answer.contains(#""image":"sha256:seed","live":true,"release":1,"tag":"stable"}"#))
    }

    @Test func `a tag that another release has is taken`() async throws {
        _ = try await create("stable")
        try await ConfigSet.parse(["shop", "A=1"]).run(on: host)
        await #expect { _ = try await create("stable", 2) } throws: { Failure($0).code == .taken }
        #expect(try await create("newer") == (2, true))
    }

    @Test func `deploying one is going back to the release it names`() async throws {
        try await FakeEngine().with(fake) { host in
            // The engine of this host has no image, so that the way back ends where the image is looked for.
            let app = try await host.deployedApp()
            _ = try await Tags(on: host).create(try TagName("stable"), nil, of: app, shelf: shelf)
            await #expect { try await TagsDeploy.parse(["shop", "stable"]).run(on: host) } throws: {
                Failure($0).code == .unchangeable && Failure($0).what.hasPrefix("v1 of shop")
            }
        }
    }
}
