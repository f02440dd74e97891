import Core
import Files
import Testing

@testable import Features

@Suite struct `triggers that plugins ask` {
    let fake = Fake()
    let host: Host

    init() throws { host = try Host.fake(fake) }

    /// What is answered, and the exit status.
    private func answer(_ words: String...) async throws -> String {
        let before = fake.transcript.answer.count
        let status = try await DokkuCalls.answer(words[0], Array(words.dropFirst()), host)
        let text = String(fake.transcript.answer.dropFirst(before))
        return "\(status.map { "\($0)" } ?? "none"):\(text.split(separator: "\n").joined(separator: ","))"
    }

    @Test func `each is declared once, and says what it does`() {
        #expect(Set(DokkuCalls.all.map(\.name)).count == DokkuCalls.all.count)
        for call in DokkuCalls.all { #expect(!call.meaning.isEmpty, "\(call.name)") }
    }

    @Test func `about an app that was never deployed`() async throws {
        _ = try await Apps(on: host).create(try AppName("shop"))
        #expect(try await answer("app-exists", "shop") == "0:")
        #expect(try await answer("app-exists", "other") == "1:")
        #expect(try await answer("app-exists", "../x") == "1:")
        #expect(try await answer("app-list") == "0:shop")
        #expect(try await answer("app-is-deployed", "shop") == "1:")
        #expect(try await answer("certs-exists", "shop") == "0:false")
        #expect(try await answer("proxy-type", "shop") == "0:nginx")
        #expect(try await answer("proxy-is-enabled", "shop") == "0:true")
        #expect(try await answer("domains-vhost-enabled", "shop") == "1:")
        #expect(try await answer("domains-add", "shop", "shop.example") == "0:")
        #expect(try await answer("domains-list", "shop") == "0:shop.example")
        #expect(try await answer("domains-vhost-enabled", "shop") == "0:")
        #expect(try await answer("network-get-listeners", "shop") == "0:")
        #expect(try await answer("git-revision", "shop") == "0:")
        #expect(try await answer("scheduler-detect", "shop") == "0:docker-local")
        #expect(try await answer("scheduler-is-deployed", "docker-local", "shop") == "1:")
        #expect(try await answer("scheduler-cron-write", "docker-local", "shop") == "0:")
        #expect(try await answer("checks-get-property", "shop", "wait-to-retire") == "0:60")
        #expect(try await answer("post-certs-update", "shop") == "0:")
        #expect(try await answer("no-such-trigger") == "none:")
    }

    @Test func `about variables`() async throws {
        _ = try await Apps(on: host).create(try AppName("shop"))
        #expect(try await answer("config-set", "--no-restart", "shop", "A=1", "B=two words").hasPrefix("0:"))
        #expect(try await answer("config-get", "shop", "B") == "0:two words")
        #expect(try await answer("config-export", "shop", "false", "false", "shell").contains("two words"))
        #expect(try await answer("config-unset", "--no-restart", "shop", "A").hasPrefix("0:"))
        #expect(try await answer("config-get", "shop", "A") == "1:")
    }

    @Test func `about an app that runs`() async throws {
        let app = try await host.deployedApp(web: 2)
        let live = try await Ps(on: host).instances(of: app)
        #expect(try await answer("app-is-deployed", "shop") == "0:")
        #expect(try await answer("app-image", "shop") == "0:sha256:seed")
        let handles = live.compactMap(\.handle).joined(separator: ",")
        #expect(try await answer("app-containers", "shop") == "0:\(handles)")
        #expect(try await answer("app-containers", "shop", "worker") == "0:")
        let listeners = live.map { "\($0.address):5000" }.joined(separator: ",")
        #expect(try await answer("network-get-listeners", "shop", "web") == "0:\(listeners)")
        #expect(try await answer("ps-current-scale", "shop") == "0:web=2")
        #expect(try await answer("deployed-app-image-tag", "shop") == "0:v1")
        #expect(try await answer("ports-get", "shop") == "0:http:80:5000")
        let told = fake.proxy.reloads
        #expect(try await answer("proxy-build-config", "shop") == "0:")
        #expect(fake.proxy.reloads == told + 1, "files beside the text are read again too")
    }

    @Test func `of an unknown app, and with too few words, they fail`() async throws {
        let unknown = await #expect(throws: Failure.self) { try await answer("certs-exists", "other") }
        #expect(unknown?.code == .noSuchApp)
        let few = await #expect(throws: Failure.self) { try await answer("config-get", "shop") }
        #expect(few?.code == .usage)
    }
}
