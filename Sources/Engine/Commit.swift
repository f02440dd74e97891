import NIOHTTP1
extension Engine {
    /// Makes an image of what a container has become; the container should not run any more.
    ///
    /// - Parameters:
    ///   - container: Its name or id.
    ///   - name: `repository:tag` for the new image.
    ///   - command: What the image runs by default; the container's own command is left out of it.
    ///   - entrypoint: The image's entry point.
    ///   - labels: Put in place of what the container has under these names; the image takes over all others.
    /// - Returns: The new image's id.
    /// - Throws: ``EngineError/refused(status:message:request:)``.
    package func commit(
        _ container: String,
        as name: String,
        command: [String],
        entrypoint: [String],
        labels: [String: String] = [:]
    ) async throws -> String {
        let reference = ImageReference(name)
        let changes =
            ["CMD \(JSON.strings(command).text)", "ENTRYPOINT \(JSON.strings(entrypoint).text)"]
            + labels.sorted { $0.key < $1.key }.map { "LABEL \($0.key)=\(JSON.string($0.value).text)" }
        let request = Request(
            .POST,
            "/commit",
            query: [
                "container": container, "repo": reference.repository, "tag": reference.tag,
                "changes": changes.joined(separator: "\n"),
            ],
            limit: .seconds(600)
        )
        return try await transport.call(request).decoded(Committed.self).id
    }
}

private struct Committed: Decodable {
    var id: String
    enum CodingKeys: String, CodingKey { case id = "Id" }
}
