import NIOHTTP1

extension Engine {
    /// Has the engine forget the build cache used longest ago, until it is no larger than this many bytes.
    ///
    /// The one call of this kind in the house: the cache has no owner that a filter could name, so it is for a person
    /// to say that this engine's cache may be cut (decision 11). What a build has in use stays.
    /// - Returns: Bytes that are free now.
    package func capBuildCache(at bytes: Int64) async throws -> Int64 {
        // The second name is that of engines from API 1.48 on; each passes over the one it does not know.
        let request = Request(
            .POST,
            "/build/prune",
            query: ["all": "1", "keep-storage": "\(bytes)", "reserved-space": "\(bytes)"],
            limit: .seconds(600)
        )
        return try await transport.call(request).decoded(CacheCutAnswer.self).freed ?? 0
    }
}

private struct CacheCutAnswer: Decodable {
    let freed: Int64?

    private enum CodingKeys: String, CodingKey { case freed = "SpaceReclaimed" }
}
