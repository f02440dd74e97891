import NIOHTTP1

extension Engine {
    /// Unpacks a tar into a folder of a container, which need not run.
    package func copyTo<Tar: AsyncSequence & Sendable>(
        _ container: String,
        path: String,
        tar: Tar
    ) async throws where Tar.Element == [UInt8] {
        let target = "/containers/\(Request.segment(container))/archive"
        _ = try await transport.call(
            Request(.PUT, target, query: ["path": path], body: .tar(AnyChunks(tar)), limit: nil)
        )
    }

    /// A file or folder of a container as a tar.
    package func copyFrom(_ container: String, path: String) -> AsyncThrowingStream<[UInt8], any Error> {
        stream(
            Request(.GET, "/containers/\(Request.segment(container))/archive", query: ["path": path]),
            RawDecoder()
        )
    }
}
