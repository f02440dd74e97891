import ArgumentParser
import Building
import Core
import Engine
import FoundationEssentials
import GRDB
import Store
import Support
import Synchronization
import Testing

@testable import Features

/// An engine that asks a registry which knows one password, and takes what is pushed.
final class RegistryEngine: Sendable {
    struct State: Sendable {
        var password = "secret"
        /// Ids by the names and ids they are known by.
        var images: [String: String] = ["sha256:seed": "sha256:seed"]
        /// What comes with each name that can be fetched.
        var remote: [String: String] = [:]
        var asked: [StubHTTPServer.Asked] = []
        var refusal: String?
    }

    let state = Mutex(State())

    /// `X-Registry-Auth` and `X-Registry-Config` of each request that had one, decoded.
    var logins: [String] {
        state.withLock(\.asked).compactMap { asked in
            let header = asked.headers.first { $0.key.lowercased().hasPrefix("x-registry-") }?.value
            let plain = header?.replacing("-", with: "+").replacing("_", with: "/")
            return plain.flatMap { Data(base64Encoded: $0) }.map { String(decoding: $0, as: UTF8.self) }
        }
    }

    var requests: [String] { state.withLock(\.asked).map { "\($0.method) \($0.path)" } }

    func with(_ fake: Fake = Fake(), _ work: (Host) async throws -> Void) async throws {
        let server = try await StubHTTPServer { asked in self.reply(asked) }
        var host = try Host.fake(fake)
        let engine = Engine(socket: server.socket, instance: host.settings.instance)
        host.engine = engine
        let result: Result<Void, any Error>
        do { result = .success(try await work(host)) } catch { result = .failure(error) }
        await engine.shutdown()
        await server.stop()
        try result.get()
    }

    private func reply(_ asked: StubHTTPServer.Asked) -> StubHTTPServer.Reply {
        state.withLock { state in
            state.asked.append(asked)
            let parts = asked.path.split(separator: "/").map(String.init)
            let name = parts.dropFirst().dropLast().joined(separator: "/")
            switch (asked.method, parts.last) {
            case ("POST", "auth"):
                return asked.body.contains("\"password\":\"\(state.password)\"")
                    ? .json(#"{"Status":"Login Succeeded"}"#)
                    : .json(#"{"message":"unauthorized: wrong \#(state.password)x"}"#, status: 401)
            case ("POST", "tag"):
                guard let id = state.images[name] else { return .json(#"{"message":"no image"}"#, status: 404) }
                state.images["\(asked.query("repo") ?? ""):\(asked.query("tag") ?? "")"] = id
                return StubHTTPServer.Reply(status: 201)
            case ("POST", "push"):
                if let refusal = state.refusal { return .json(#"{"error":"\#(refusal)"}"# + "\n") }
                return .json(
                    #"{"status":"Preparing","id":"a"}"# + "\n" + #"{"status":"Pushed","id":"a"}"# + "\n"
                        + #"{"status":"Layer already exists","id":"b"}"# + "\n"
                        + #"{"aux":{"Tag":"1","Digest":"sha256:77","Size":1}}"# + "\n"
                )
            case ("POST", "create"):
                let tag = asked.query("tag") ?? ""
                let wanted = (asked.query("fromImage") ?? "") + (tag.hasPrefix("sha256:") ? "@" : ":") + tag
                guard let id = state.remote[wanted] else { return .json(#"{"message":"denied"}"#, status: 404) }
                state.images[wanted] = id
                state.images[id] = id
                return .json(#"{"status":"Pull complete","id":"a"}"# + "\n")
            case ("GET", "json"):
                guard let id = state.images[name] else { return .json(#"{"message":"none"}"#, status: 404) }
                return .json(#"{"Id":"\#(id)","RepoDigests":[]}"#)
            case ("DELETE", _):
                state.images[parts.dropFirst().joined(separator: "/")] = nil
                return .json("[]")
            default: return .json(#"{"message":"not known here"}"#, status: 404)
            }
        }
    }
}

@Suite struct `registry` {
    let engine = RegistryEngine()
    let fake = Fake()

    private func code(_ work: () async throws -> Void) async -> FailureCode? {
        do { try await work() } catch { return Failure(error).code }
        return nil
    }

    private func login(_ words: String..., on host: Host) async throws {
        try await RegistryLogin.parse(words).run(on: host)
    }

    @Test func `a login is asked of the registry and kept, and is its app's before everybody's`() async throws {
        try await engine.with(fake) { host in
            let app = try await Apps(on: host).create(try AppName("shop"))
            try await login("--global", "Registry.Example.com", "all", "secret", on: host)
            try await login("shop", "https://registry.example.com/", "ana", "secret", on: host)
            try await login("shop", "registry.example.com", "ana", "secret", on: host)
            #expect(fake.transcript.progress.contains("Login Succeeded"))
            #expect(fake.transcript.progress.contains("unchanged"))
            let registry = Registries(on: host)
            #expect(try await registry.auth(for: "registry.example.com/a/b:1", app)?.username == "ana")
            #expect(try await registry.auth(for: "registry.example.com/a/b:1", nil)?.username == "all")
            #expect(try await registry.auth(for: "nginx", app) == nil)
            try await RegistryLogout.parse(["shop", "registry.example.com"]).run(on: host)
            #expect(try await registry.auth(for: "registry.example.com/a", app)?.username == "all")
            try await RegistryLogout.parse(["shop", "registry.example.com"]).run(on: host)
            #expect(fake.transcript.progress.contains("Not logged in to registry.example.com"))
            try await RegistryLogout.parse(["--global", "registry.example.com"]).run(on: host)
            #expect(try await registry.auth(for: "registry.example.com/a", app) == nil)
        }
    }

    @Test func `a wrong password is kept nowhere and said by nobody`() async throws {
        try await engine.with(fake) { host in
            engine.state.withLock { $0.password = "right" }
            #expect(
                await code { try await login("--global", "r.example", "ana", "wrong", on: host) } == .registryRefused
            )
            engine.state.withLock { $0.password = "wrong" }
            try await login("--global", "r.example", "ana", "wrong", on: host)
            let events = try await host.store.read { try String.fetchAll($0, sql: "SELECT detail FROM events") }
            #expect(events == ["ana at r.example"])
            #expect(!(fake.transcript.progress + fake.transcript.answer).contains("wrong"))
        }
    }

    @Test func `what a registry repeats of a password is masked`() async throws {
        try await engine.with(fake) { host in
            engine.state.withLock { $0.password = "tokens" }
            do { try await login("--global", "r.example", "ana", "token", on: host) } catch {
                #expect(Failure(error).why?.contains("token") == false, "\(error)")
            }
        }
    }

    @Test(arguments: [
        ([], "Missing server argument"), (["--global", "r.example"], "Missing username argument"),
        (["--global", "r.example", "ana"], "Missing password argument"),
        (["shop", "r.example", "ana"], "Missing password argument"),
    ]) func `what is missing is named`(words: [String], expected: String) async throws {
        let host = try Host.fake(fake)
        let failure = await #expect(throws: Failure.self) { try await RegistryLogin.parse(words).run(on: host) }
        #expect(failure?.what == expected && failure?.code == .usage)
    }

    @Test func `bad servers, many words and unknown apps are refused`() async throws {
        let host = try Host.fake(fake)
        #expect(await code { try await login("--global", "a b", "ana", "x", on: host) } == .malformed)
        #expect(await code { try await login("a", "b.c", "ana", "x", "y", on: host) } == .usage)
        #expect(await code { try await login("nowhere", "b.c", "ana", "x", on: host) } == .noSuchApp)
        #expect(await code { try await RegistryLogout.parse(["nowhere", "b.c"]).run(on: host) } == .noSuchApp)
        #expect(await code { try await RegistryLogout.parse([]).run(on: host) } == .usage)
    }

    @Test func `plugins see no password`() {
        #expect(RegistryLogin.shown(["shop", "r.example", "ana", "secret"]) == ["shop", "r.example", "ana", "******"])
        #expect(RegistryLogin.shown(["--password-stdin", "r.example", "ana"]).contains("ana"))
        #expect(RegistryLogin.shown(["docker.io", "ana", "secret"]).last == "******")
        // Flags may stand behind, or be there too many.
        for words in [
            ["docker.io", "ana", "secret", "--global"], ["--global", "docker.io", "ana", "two", "secret"],
            ["--password-stdin", "shop", "docker.io", "ana", "secret"], ["--", "shop", "docker.io", "ana", "secret"],
        ] { #expect(!RegistryLogin.shown(words).contains("secret"), "\(words)") }
        let failure = #expect(throws: Failure.self) {
            try RegistryWish(["shop", "docker.io", "ana", "secret"], isGlobal: false, after: 2)
        }
        #expect(failure.map { "\($0)".contains("secret") } == false)
        #expect(GitAuth.shown(["github.com", "ana", "secret"]) == ["github.com", "ana", "******"])
    }

    @Test(arguments: [
        ("nginx", "docker.io"), ("library/nginx:1", "docker.io"), ("a.b/c", "a.b"), ("localhost/x", "localhost"),
        ("r:5000/a/b@sha256:00", "r:5000"), ("index.docker.io/a/b", "docker.io"),
    ]) func `an image names its registry`(image: String, server: String) {
        #expect(RegistryServer(ofImage: image).text == server)
    }

    @Test func `repositories are the app's own, else the template's, else Dokku's`() async throws {
        let host = try Host.fake(fake)
        let app = try await Apps(on: host).create(try AppName("shop"))
        func repository() async throws -> String {
            let values = try await Properties("registry", on: host).all(Registries.properties, of: app)
            return try PushTarget(values, app: app.name).repository
        }
        func set(_ words: String...) async throws { try await SetProperty<RegistryCommands>.parse(words).run(on: host) }
        #expect(try await repository() == "dokku/shop")
        try await set("--global", "image-repo-template", "team/{{ .AppName }}")
        try await set("--global", "server", "https://r.example:5000/")
        #expect(try await repository() == "r.example:5000/team/shop")
        try await set("shop", "image-repo", "other/name")
        #expect(try await repository() == "r.example:5000/other/name")
        try await ReportCommand<RegistryCommands>.parse(["shop", "--registry-computed-image-repo"]).run(on: host)
        #expect(fake.transcript.answer == "other/name\n")
        try await set("shop", "image-repo", "other/name")
        #expect(fake.transcript.progress.contains("image-repo is unchanged"))
    }

    @Test(arguments: [
        ["shop", "server", "a b"], ["shop", "push-on-release", "yes"], ["shop", "image-repo", "Upper"],
        ["shop", "image-repo-template", "{{ .Nothing }}"], ["shop", "push-extra-tags", "a,-b"],
        ["shop", "image-repo", "a//b"],
    ]) func `bad values are refused`(words: [String]) async throws {
        let host = try Host.fake(fake)
        _ = try await Apps(on: host).create(try AppName("shop"))
        #expect(await code { try await SetProperty<RegistryCommands>.parse(words).run(on: host) } == .malformed)
    }

    @Test func `a repository of images is an app's alone`() async throws {
        let host = try Host.fake(fake)
        let words = ["--global", "image-repo", "a/b"]
        #expect(await code { try await SetProperty<RegistryCommands>.parse(words).run(on: host) } == .usage)
    }

    private func pushing(_ host: Host) async throws -> App {
        let app = try await host.deployedApp()
        let properties = Properties("registry", on: host)
        _ = try await properties.set(Registries.server, to: "r.example", of: app)
        _ = try await properties.set(Registries.extraTags, to: "latest,stable", of: app)
        _ = try await properties.set(Registries.pushOnRelease, to: "true", of: app)
        try await login("shop", "r.example", "ana", "secret", on: host)
        return app
    }

    private func push(_ app: App, _ host: Host) async throws -> String? {
        let release = try await Releases(on: host).find(1, of: app)
        return try await RegistryPush(of: app, on: host).run(release) { reference, version in
            try await host.store.write {
                try RegistryTable.recordPush(
                    of: release.image ?? "",
                    as: reference,
                    version: version,
                    app.id,
                    $0
                )
            }
        }
    }

    @Test func `a release is pushed under a rising number and the further tags, by who is logged in`() async throws {
        try await engine.with(fake) { host in
            let app = try await pushing(host)
            #expect(try await push(app, host) == "r.example/dokku/shop@sha256:77")
            #expect(try await push(app, host) == "r.example/dokku/shop@sha256:77")
            let pushes = engine.state.withLock(\.asked).filter { $0.path.hasSuffix("/push") }
            #expect(pushes.map { $0.query("tag") } == ["1", "latest", "stable", "2", "latest", "stable"])
            #expect(pushes.allSatisfy { $0.path == "/images/r.example/dokku/shop/push" })
            #expect(engine.logins.filter { $0.contains("\"username\":\"ana\"") }.count == 6)
            let names = engine.state.withLock(\.images).keys
            #expect(!names.contains { $0.hasPrefix("r.example/") }, "retention finds our own name alone")
            try await ReportCommand<RegistryCommands>.parse(["shop", "--registry-tag-version"]).run(on: host)
            #expect(fake.transcript.answer == "2\n")
            #expect(fake.transcript.progress.contains("2 layers, 1 there already"))
        }
    }

    @Test func `what the registry refuses is pushed nowhere, counted nowhere, and named`() async throws {
        try await engine.with(fake) { host in
            let app = try await pushing(host)
            engine.state.withLock { $0.refusal = "denied: quota" }
            let failure = await #expect(throws: Failure.self) { _ = try await push(app, host) }
            #expect(failure?.code == .registryRefused && failure?.why == "denied: quota")
            #expect(try await host.store.read { try RegistryTable.version(of: app.id, $0) } == 0)
            #expect(!engine.state.withLock(\.images).keys.contains { $0.hasPrefix("r.example/") })
        }
    }

    @Test func `without the wish nothing is pushed`() async throws {
        try await engine.with(fake) { host in
            let app = try await host.deployedApp()
            #expect(try await push(app, host) == nil)
            #expect(!engine.requests.contains { $0.hasSuffix("/push") })
        }
    }

    @Test func `an image that the engine lost comes back at a restart and before a run`() async throws {
        try await engine.with(fake) { host in
            let app = try await pushing(host)
            _ = try await push(app, host)
            engine.state.withLock {
                $0.images = [:]
                $0.remote = ["r.example/dokku/shop@sha256:77": "sha256:seed"]
            }
            _ = try await Run(on: host).workload(for: try RunWish(["shop", "ls"]), attendant: nil)
            #expect(engine.state.withLock(\.images)["slipway-0badcafe/\(app.id):v1"] == "sha256:seed")
            engine.state.withLock { $0.images = [:] }
            try await Control(on: host).restart(app, only: nil)
            #expect(engine.state.withLock(\.images)["sha256:seed"] != nil)
            #expect(engine.requests.count { $0 == "POST /images/create" } == 2)
        }
    }

    @Test func `another image under the old digest, or none, is no way back`() async throws {
        try await engine.with(fake) { host in
            let app = try await pushing(host)
            _ = try await push(app, host)
            engine.state.withLock {
                $0.images = [:]
                $0.remote = ["r.example/dokku/shop@sha256:77": "sha256:other"]
            }
            #expect(await code { try await Control(on: host).restart(app, only: nil) } == .registryRefused)
            engine.state.withLock {
                $0.images = [:]
                $0.remote = [:]
            }
            #expect(await code { try await Control(on: host).restart(app, only: nil) } == .registryRefused)
        }
    }

    @Test func `base images of a registry that knows us are fetched before the build`() async throws {
        let dockerfile = """
            ARG BASE="r.example/base:2"
            FROM --platform=linux/amd64 ${BASE} AS build
            FROM nginx
            COPY --from=build /a /a
            COPY --from=r.example/tools:1 /b /b
            """
        #expect(BaseImages.names(in: dockerfile) == ["r.example/base:2", "nginx", "r.example/tools:1"])
        try await engine.with(fake) { host in
            let app = try await pushing(host)
            engine.state.withLock {
                $0.remote = ["r.example/base:2": "sha256:b", "r.example/tools:1": "sha256:t"]
            }
            let source = SourceTree(
                paths: ["Dockerfile"],
                read: { _ in Array(dockerfile.utf8) },
                tar: { _, _ in
                    AsyncThrowingStream<[UInt8], any Error> { $0.finish() }
                }
            )
            try await Registries(on: host).fetchBases(of: source, dockerfile: "Dockerfile", for: app)
            let fetched = engine.state.withLock(\.asked).filter { $0.path == "/images/create" }
            #expect(fetched.map { $0.query("fromImage") } == ["r.example/base", "r.example/tools"])
            #expect(try await Registries(on: host).logins(for: app).map(\.username) == ["ana"])
        }
    }
}
