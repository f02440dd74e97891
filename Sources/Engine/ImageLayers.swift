import NIOHTTP1

/// The layers of an image, the lowest first.
package struct ImageLayers: Equatable, Sendable {
    package var id: String
    /// Digests of the layers' contents.
    package var digests: [String]
    /// Bytes of each; as many as there are digests.
    package var sizes: [Int64]

    package init(id: String, digests: [String], sizes: [Int64]) {
        self.id = id
        self.digests = digests
        self.sizes = sizes
    }

    /// - Parameters:
    ///   - id: Of the image.
    ///   - digests: The lowest first.
    ///   - history: Bytes of every step it was made in, the oldest first; steps that made no layer are 0.
    init(id: String, digests: [String], history: [Int64]) {
        let made = history.filter { $0 > 0 }
        var sizes = Array(made.prefix(digests.count))
        // A layer without a byte stands in the history like a step without a layer, so the sum is right and some of
        // the upper ones may be told apart wrongly.
        sizes += Array(repeating: 0, count: digests.count - sizes.count)
        if let last = sizes.indices.last { sizes[last] += made.dropFirst(digests.count).reduce(0, +) }
        self.init(id: id, digests: digests, sizes: sizes)
    }
}

extension Engine {
    /// What an image is made of; nil when it is gone.
    package func layers(of image: String) async throws -> ImageLayers? {
        let path = "/images/\(Request.reference(image))"
        let answer = try await transport.call(Request(.GET, "\(path)/json", alsoFine: [404]))
        if answer.status == 404 { return nil }
        let facts = try answer.decoded(Inspected.self)
        let history = try await transport.call(Request(.GET, "\(path)/history", alsoFine: [404]))
        if history.status == 404 { return nil }
        let steps = try history.decoded([Step].self).map { $0.size ?? 0 }
        return ImageLayers(id: facts.id, digests: facts.filesystem?.layers ?? [], history: steps.reversed())
    }
}

private struct Inspected: Decodable {
    let id: String
    let filesystem: Filesystem?

    struct Filesystem: Decodable {
        let layers: [String]?

        private enum CodingKeys: String, CodingKey { case layers = "Layers" }
    }

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case filesystem = "RootFS"
    }
}

private struct Step: Decodable {
    let size: Int64?

    private enum CodingKeys: String, CodingKey { case size = "Size" }
}
