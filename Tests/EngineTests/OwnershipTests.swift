import Support
import Testing

@testable import Engine

/// Product rule: the label is in every list filter and on everything made.
@Suite(.timeLimit(.minutes(1)))
struct `the instance label` {
    private typealias Ask = @Sendable (Engine) async throws -> Void

    private static let lists: [(String, Ask)] = [
        ("/containers/json", { _ = try await $0.containers(all: false) }),
        ("/containers/json", { _ = try await $0.containers(labels: ["slipway.app": "x"], all: true) }),
        ("/images/json", { _ = try await $0.images() }),
        ("/images/json", { _ = try await $0.images(app: "x") }),
        ("/networks", { _ = try await $0.networks(labels: ["a": "b"]) }),
        ("/volumes", { _ = try await $0.volumes() }),
        ("/events", { for try await _ in $0.events() {} }),
    ]

    @Test(arguments: lists.indices)
    func `is in the filter of every list`(index: Int) async throws {
        let (path, ask) = Self.lists[index]
        let reply = path == "/volumes" ? "{}" : path == "/events" ? "" : "[]"
        try await StubHTTPServer.with { _ in
            .json(reply)
        } _: { engine, server in
            try await ask(engine)
            let request = try #require(server.requests.first)
            #expect(request.path == path)
            #expect(request.query("filters")?.contains("\"slipway.instance=0badcafe\"") == true)
        }
    }

    @Test func `counts for an image with a name of ours as if it were there`() async throws {
        try await StubHTTPServer.with { asked in
            let isByLabel = asked.query("filters")?.contains("label") == true
            return .json(
                isByLabel
                    ? #"[{"Id":"a","RepoTags":["slipway-0badcafe/x:v1"],"Labels":{"slipway.instance":"0badcafe"}}]"#
                    : #"[{"Id":"a","RepoTags":["slipway-0badcafe/x:v1"]},{"Id":"b","RepoTags":["slipway-0badcafe/y:v2"]}]"#
            )
        } _: { engine, server in
            let images = try await engine.images()
            #expect(images.map(\.id) == ["a", "b"])
            #expect(images[0].labels == ["slipway.instance": "0badcafe"])
            #expect(images[1].labels == ["slipway.instance": "0badcafe", "slipway.app": "y"])
            #expect(server.requests.last?.query("filters") == #"{"reference":["slipway-0badcafe/*"]}"#)
            _ = try await engine.images(app: "y")
            #expect(server.requests.last?.query("filters") == #"{"reference":["slipway-0badcafe/y"]}"#)
        }
    }

    @Test func `cannot be left out or forged by a caller`() async throws {
        try await StubHTTPServer.with { _ in
            .json("[]")
        } _: { engine, server in
            _ = try await engine.containers(labels: ["slipway.instance": "other", "slipway.app": "x"], all: true)
            #expect(
                server.requests.first?.query("filters") == #"{"label":["slipway.app=x","slipway.instance=0badcafe"]}"#
            )
        }
    }

    private static let makers: [Ask] = [
        { _ = try await $0.createContainer(name: "n", spec: ContainerSpec(image: "i")) },
        { _ = try await $0.createNetwork(NetworkSpec(name: "n")) },
        { _ = try await $0.createVolume("n") },
    ]

    @Test(arguments: makers.indices)
    func `is on everything made`(index: Int) async throws {
        try await StubHTTPServer.with { _ in
            .json(#"{"Id":"x","Name":"n"}"#, status: 201)
        } _: { engine, server in
            try await Self.makers[index](engine)
            #expect(server.requests.first?.body.contains(#""Labels":{"slipway.instance":"0badcafe"}"#) == true)
        }
    }

    @Test func `is on what is built and imported`() async throws {
        try await StubHTTPServer.with { _ in
            .json(#"{"status":"sha256:aa"}"#)
        } _: { engine, server in
            var options = BuildOptions()
            options.labels = ["a": "b"]
            for try await _ in engine.build(options, context: tar(["Dockerfile": "FROM x"])) {}
            _ = try await engine.importImage(tar([:]), as: "r:5000/n:t")
            let (build, imported) = (server.requests[0], server.requests[1])
            #expect(build.query("labels") == #"{"a":"b","slipway.instance":"0badcafe"}"#)
            #expect(build.headers["transfer-encoding"] == "chunked")
            #expect(imported.query("changes") == #"LABEL "slipway.instance"="0badcafe""#)
            #expect(imported.query("repo") == "r:5000/n")
            #expect(imported.query("tag") == "t")
        }
    }
}
