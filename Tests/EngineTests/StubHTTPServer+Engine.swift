import Engine
import Support

extension StubHTTPServer {
    /// Runs `work` with a server and an engine handle that speaks to it.
    static func with(
        api: String? = "1.41",
        reply: @escaping @Sendable (Asked) -> Reply,
        _ work: @Sendable (Engine, StubHTTPServer) async throws -> Void
    ) async throws {
        let server = try await StubHTTPServer(api: api, reply: reply)
        let engine = Engine(socket: server.socket, instance: "0badcafe")
        let result: Result<Void, any Error>
        do { result = .success(try await work(engine, server)) } catch { result = .failure(error) }
        await engine.shutdown()
        await server.stop()
        try result.get()
    }
}
