import Core
import Engine
import FoundationEssentials
import Testing

/// A real engine to try things on: its socket is in `SLIPWAY_TEST_ENGINE`, and it has the image of ``base``.
enum RealEngine {
    static let socket = ProcessInfo.processInfo.environment["SLIPWAY_TEST_ENGINE"]
    static let base = "slipway/base:busybox"

    /// Gives an engine handle of an instance that nobody else has, and removes what was made through it.
    static func with(_ work: @Sendable (Engine) async throws -> Void) async throws {
        let engine = Engine(socket: try #require(socket), instance: randomHex())
        do {
            try await work(engine)
            try await sweep(engine)
        } catch {
            try await sweep(engine)
            throw error
        }
    }

    private static func sweep(_ engine: Engine) async throws {
        for container in try await engine.containers(all: true) {
            try await engine.removeContainer(container.id, force: true)
        }
        for network in try await engine.networks() { try await engine.removeNetwork(network.id) }
        for volume in try await engine.volumes() { try await engine.removeVolume(volume.name) }
        for image in try await engine.images() { try await engine.removeImage(image.id, force: true) }
        await engine.shutdown()
    }

    static func randomHex() -> String { String(UUID().uuidString.lowercased().prefix(8)) }

    /// Whether a program of this machine has `text` in its arguments.
    static func isRunning(wordsContaining text: String) -> Bool {
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return processes.contains { process in
            guard Int(process) != nil, let words = FileManager.default.contents(atPath: "/proc/\(process)/cmdline")
            else {
                return false
            }
            return String(decoding: words, as: UTF8.self).contains(text)
        }
    }

    /// A running container that does nothing.
    static func sleeper(_ engine: Engine, _ change: (inout ContainerSpec) -> Void = { _ in }) async throws -> String {
        var spec = ContainerSpec(image: base)
        spec.command = ["sleep", "600"]
        spec.usesInit = true
        change(&spec)
        let id = try await engine.createContainer(name: nil, spec: spec)
        try await engine.startContainer(id)
        return id
    }
}

/// A tar of files by name, in chunks.
func tar(_ files: KeyValuePairs<String, String>) -> AsyncStream<[UInt8]> {
    AsyncStream { continuation in
        for (name, text) in files {
            continuation.yield(Tar.header(TarHeader(name: name, size: Int64(text.utf8.count))))
            continuation.yield(Array(text.utf8) + Tar.padding(Int64(text.utf8.count)))
        }
        continuation.yield(Tar.end)
        continuation.finish()
    }
}

extension AsyncSequence {
    /// All elements, however many.
    func all() async throws -> [Element] {
        var result: [Element] = []
        for try await element in self { result.append(element) }
        return result
    }
}

extension [LogFrame] {
    func text(_ stream: LogFrame.Stream = .stdout) -> String {
        String(decoding: filter { $0.stream == stream }.flatMap(\.bytes), as: UTF8.self)
    }
}
