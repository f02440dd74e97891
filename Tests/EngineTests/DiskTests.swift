import Support
import Testing

@testable import Engine

@Suite(.timeLimit(.minutes(1))) struct `what the engine keeps on disk` {
    @Test func `is told of every image, and of our containers alone`() async throws {
        let answer = """
            {"LayersSize":1000,"Images":[{"Id":"a","Labels":{"slipway.instance":"0badcafe"},"Size":9,"SharedSize":4},
            {"Id":"b","Labels":null,"Size":7,"SharedSize":-1}],
            "Containers":[{"Id":"c","Labels":{"slipway.instance":"0badcafe"},"SizeRw":5},
            {"Id":"d","Labels":{"slipway.instance":"0badcafe"}},{"Id":"e","Labels":{},"SizeRw":6}]}
            """
        try await StubHTTPServer.with { _ in
            .json(answer)
        } _: { engine, _ in
            let usage = try await engine.df()
            let ours = ["slipway.instance": "0badcafe"]
            #expect(
                usage.images == [
                    ImageUsage(id: "a", labels: ours, size: 9, shared: 4),
                    ImageUsage(id: "b", labels: [:], size: 7, shared: nil),
                ]
            )
            #expect(
                usage.containers == [
                    ContainerUsage(id: "c", labels: ours, written: 5),
                    ContainerUsage(id: "d", labels: ours, written: 0),
                ]
            )
        }
    }

    @Test func `the build cache is cut to what was said, and the engine tells what that freed`() async throws {
        try await StubHTTPServer.with { asked in
            asked.method == "POST" && asked.path == "/build/prune" && asked.query("keep-storage") == "1048576"
                && asked.query("reserved-space") == "1048576" && asked.query("all") == "1"
                ? .json(#"{"CachesDeleted":["x"],"SpaceReclaimed":77}"#)
                : .json(#"{"message":"\(asked.path)"}"#, status: 404)
        } _: { engine, _ in
            let freed = try await engine.capBuildCache(at: 1 << 20)
            #expect(freed == 77)
        }
    }

    @Test func `layers have the sizes of the steps that made them`() async throws {
        try await StubHTTPServer.with { asked in
            switch asked.path {
            case "/images/a/json": .json(#"{"Id":"sha256:a","RootFS":{"Layers":["x","y"]}}"#)
            case "/images/a/history": .json(#"[{"Size":0},{"Size":7},{"Size":0},{"Size":30}]"#)
            default: .json(#"{"message":"no such image"}"#, status: 404)
            }
        } _: { engine, _ in
            let layers = try await engine.layers(of: "a")
            #expect(layers == ImageLayers(id: "sha256:a", digests: ["x", "y"], sizes: [30, 7]))
            let absent = try await engine.layers(of: "b")
            #expect(absent == nil)
        }
    }

    @Test(
        arguments: [([5, 7], [5, 7]), ([5], [5, 0]), ([], [0, 0]), ([1, 2, 3], [1, 5])] as [([Int64], [Int64])]
    )
    func `layers add up to the image, whatever the history leaves out`(_ history: [Int64], _ sizes: [Int64]) {
        #expect(ImageLayers(id: "a", digests: ["x", "y"], history: history).sizes == sizes)
    }

    @Test func `a removal says what went with it`() async throws {
        try await StubHTTPServer.with { asked in
            asked.path == "/images/a:1"
                ? .json(#"[{"Untagged":"a:1"},{"Deleted":"sha256:i"},{"Deleted":"sha256:l"}]"#)
                : .json(#"{"message":"no such image"}"#, status: 404)
        } _: { engine, _ in
            let gone = try await engine.removeImage("a:1")
            #expect(gone == ["sha256:i", "sha256:l"])
            let absent = try await engine.removeImage("b:1")
            #expect(absent.isEmpty)
        }
    }

    @Test func `an image of a container takes over no label that is put in place`() async throws {
        try await StubHTTPServer.with { _ in
            .json(#"{"Id":"sha256:i"}"#)
        } _: { engine, server in
            _ = try await engine.commit("c", as: "a:1", command: [], entrypoint: [], labels: ["b": "", "a": "x\"y"])
            let changes = server.requests.first?.query("changes") ?? ""
            #expect(changes.hasSuffix("LABEL a=\"x\\\"y\"\nLABEL b=\"\""))
        }
    }
}
