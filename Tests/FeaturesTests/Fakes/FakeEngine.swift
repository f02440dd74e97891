import Core
import Engine
import FoundationEssentials
import Support
import Synchronization

@testable import Features

/// An engine that holds what a test puts into it, spoken to over a real socket.
///
/// Lists are filtered by our label as the engine does it; an image in use, or a volume in use, is refused with 409.
final class FakeEngine: Sendable {
    struct Image: Sendable {
        var tags: [String]
        var labels: [String: String]
        /// Digest and bytes, the lowest first.
        var layers: [(digest: String, size: Int64)] = []
    }

    struct Container: Sendable {
        var name: String
        var image: String
        var labels: [String: String]
        var written: Int64 = 0
    }

    struct Volume: Sendable {
        var labels: [String: String]
        var size: Int64 = 0
        var isInUse = false
    }

    struct State: Sendable {
        var images: [String: Image] = [:]
        var containers: [String: Container] = [:]
        var volumes: [String: Volume] = [:]
        var networks: [String: Network] = [:]
        var buildCache: Int64 = 0
        /// Images at whose removal the engine fails.
        var broken: Set<String> = []
    }

    private let state: Mutex<State>

    init(_ state: State = State()) { self.state = Mutex(state) }

    var images: [String: Image] { state.withLock { $0.images } }
    var containers: [String: Container] { state.withLock { $0.containers } }
    var volumes: [String: Volume] { state.withLock { $0.volumes } }
    var buildCache: Int64 { state.withLock { $0.buildCache } }
    var networks: [String: Network] { state.withLock { $0.networks } }

    func change(_ edit: (inout State) -> Void) { state.withLock { edit(&$0) } }

    /// Runs `work` with a fake host whose engine is this one.
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
            let parts = asked.path.split(separator: "/").map(String.init)
            let name = parts.dropFirst().joined(separator: "/")
            switch (asked.method, asked.path) {
            case ("GET", "/info"): return .json(#"{"DockerRootDir":"/engine"}"#)
            case ("GET", "/images/json"): return .json(Self.list(state.images, asked, Self.line, tags: \.tags))
            case ("GET", "/containers/json"): return .json(Self.list(state.containers, asked, Self.line))
            case ("GET", "/volumes"):
                return .json(#"{"Volumes":\#(Self.list(state.volumes, asked, Self.line))}"#)
            case ("POST", "/build/prune"):
                let kept = min(state.buildCache, Int64(asked.query("keep-storage") ?? "") ?? 0)
                defer { state.buildCache = kept }
                return .json(#"{"SpaceReclaimed":\#(state.buildCache - kept)}"#)
            case ("GET", "/system/df"): return .json(Self.usage(state))
            case (_, _) where parts.first == "networks":
                return Self.network(asked, Array(parts[1...]), &state)
            case ("GET", _) where parts.first == "images": return Self.image(name, state)
            case ("DELETE", _) where parts.first == "images": return Self.removeImage(name, &state)
            case ("GET", _) where parts.first == "volumes":
                guard let volume = state.volumes[name] else {
                    return .json(#"{"message":"no such volume"}"#, status: 404)
                }
                return .json(Self.line(name, volume).text)
            case ("DELETE", _) where parts.first == "volumes": return Self.removeVolume(name, &state)
            default: return .json(#"{"message":"not known here"}"#, status: 404)
            }
        }
    }
}

// MARK: Answers

private struct Filters: Decodable {
    var label: [String]?
    /// `NAME` or `NAME/*`.
    var reference: [String]?
}

extension FakeEngine {
    private static func json(_ value: some Encodable) -> String {
        (try? JSONEncoder().encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
    }

    private static func list<Value>(
        _ all: [String: Value],
        _ asked: StubHTTPServer.Asked,
        _ line: (String, Value) -> (text: String, labels: [String: String]),
        tags: (Value) -> [String] = { _ in [] }
    ) -> String {
        let text = asked.query("filters") ?? "{}"
        let filters = try? JSONDecoder().decode(Filters.self, from: Data(text.utf8))
        let wanted = filters?.label ?? []
        let named = all.filter { one in
            filters?.reference?.contains { name in
                tags(one.value).contains { $0.hasPrefix(name.hasSuffix("*") ? String(name.dropLast()) : "\(name):") }
            } ?? true
        }
        let lines = named.sorted { $0.key < $1.key }.map { line($0.key, $0.value) }.filter { line in
            let labels = line.labels.map { "\($0.key)=\($0.value)" }
            return wanted.allSatisfy { labels.contains($0) }
        }
        return "[\(lines.map(\.text).joined(separator: ","))]"
    }

    private static func line(_ id: String, _ image: Image) -> (text: String, labels: [String: String]) {
        let size = image.layers.reduce(0) { $0 + $1.size }
        let text = #"{"Id":"\#(id)","RepoTags":\#(json(image.tags)),"Labels":\#(json(image.labels)),"Size":\#(size)}"#
        return (text, image.labels)
    }

    private static func line(_ id: String, _ one: Container) -> (text: String, labels: [String: String]) {
        let text =
            #"{"Id":"\#(id)","Names":["/\#(one.name)"],"ImageID":"\#(one.image)","Labels":\#(json(one.labels)),"#
            + #""State":"running","SizeRw":\#(one.written)}"#
        return (text, one.labels)
    }

    private static func line(_ name: String, _ one: Volume) -> (text: String, labels: [String: String]) {
        let text = #"{"Name":"\#(name)","Labels":\#(json(one.labels)),"UsageData":{"Size":\#(one.size)}}"#
        return (text, one.labels)
    }

    private static func usage(_ state: State) -> String {
        let images = state.images.map { line($0.key, $0.value).text }.joined(separator: ",")
        let containers = state.containers.map { line($0.key, $0.value).text }.joined(separator: ",")
        let volumes = state.volumes.map { line($0.key, $0.value).text }.joined(separator: ",")
        return #"{"LayersSize":0,"Images":[\#(images)],"Containers":[\#(containers)],"Volumes":[\#(volumes)],"#
            + #""BuildCache":[{"Size":\#(state.buildCache),"Shared":false}]}"#
    }

    private static func image(_ path: String, _ state: State) -> StubHTTPServer.Reply {
        let isHistory = path.hasSuffix("/history")
        let name = path.replacing(isHistory ? "/history" : "/json", with: "")
        guard let (id, image) = find(name, state) else { return .json(#"{"message":"no such image"}"#, status: 404) }
        if isHistory {
            return .json("[\(image.layers.reversed().map { #"{"Size":\#($0.size)}"# }.joined(separator: ","))]")
        }
        return .json(#"{"Id":"\#(id)","RootFS":{"Layers":\#(json(image.layers.map(\.digest)))}}"#)
    }

    private static func find(_ name: String, _ state: State) -> (String, Image)? {
        state.images.first { $0.key == name || $0.value.tags.contains(name) }.map { ($0.key, $0.value) }
    }

    private static func removeImage(_ name: String, _ state: inout State) -> StubHTTPServer.Reply {
        guard let (id, image) = find(name, state) else { return .json(#"{"message":"gone"}"#, status: 404) }
        if state.broken.contains(id) { return .json(#"{"message":"a layer is damaged"}"#, status: 500) }
        let rest = image.tags.filter { $0 != name }
        if !rest.isEmpty, name != id {
            state.images[id]?.tags = rest
            return .json(#"[{"Untagged":"\#(name)"}]"#)
        }
        if state.containers.values.contains(where: { $0.image == id }) {
            return .json(#"{"message":"a container uses it"}"#, status: 409)
        }
        state.images[id] = nil
        let others = Set(state.images.values.flatMap { $0.layers.map(\.digest) })
        let layers = image.layers.reversed().filter { !others.contains($0.digest) }
        let deleted = ([id] + layers.map(\.digest)).map { #"{"Deleted":"\#($0)"}"# }.joined(separator: ",")
        return .json("[\(deleted)]")
    }

    private static func removeVolume(_ name: String, _ state: inout State) -> StubHTTPServer.Reply {
        guard let volume = state.volumes[name] else { return .json(#"{"message":"gone"}"#, status: 404) }
        if volume.isInUse { return .json(#"{"message":"volume is in use"}"#, status: 409) }
        state.volumes[name] = nil
        return StubHTTPServer.Reply(status: 204)
    }
}
