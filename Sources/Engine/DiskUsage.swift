import NIOHTTP1

/// What the engine keeps on disk, in bytes.
package struct DiskUsage: Equatable, Sendable {
    /// All layers of all images, whoever's they are.
    package var layers: Int64
    /// The build cache, whoever's it is.
    package var buildCache: Int64
    /// Our volumes by name.
    package var volumes: [String: Int64]
    /// Every image, foreign ones too: only so can be said what a shared layer is shared with.
    package var images: [ImageUsage]
    /// Our containers.
    package var containers: [ContainerUsage]

    package init(
        layers: Int64,
        buildCache: Int64,
        volumes: [String: Int64],
        images: [ImageUsage] = [],
        containers: [ContainerUsage] = []
    ) {
        self.layers = layers
        self.buildCache = buildCache
        self.volumes = volumes
        self.images = images
        self.containers = containers
    }
}

/// What one image takes.
package struct ImageUsage: Equatable, Sendable {
    package var id: String
    package var labels: [String: String]
    /// All its layers.
    package var size: Int64
    /// Those of its layers that some other image has too; nil where the engine does not say.
    package var shared: Int64?

    package init(id: String, labels: [String: String], size: Int64, shared: Int64?) {
        self.id = id
        self.labels = labels
        self.size = size
        self.shared = shared
    }
}

/// What one container takes beside its image.
package struct ContainerUsage: Equatable, Sendable {
    package var id: String
    package var labels: [String: String]
    /// What it has written over its image.
    package var written: Int64

    package init(id: String, labels: [String: String], written: Int64) {
        self.id = id
        self.labels = labels
        self.written = written
    }
}

extension Engine {
    /// What is used on disk; it may take minutes on a large engine.
    ///
    /// The engine has no filter here: foreign containers and volumes are left out on arrival.
    package func df() async throws -> DiskUsage {
        let answer = try await transport.call(Request(.GET, "/system/df", limit: .seconds(600)))
            .decoded(UsageAnswer.self)
        let own = (answer.volumes ?? []).filter { $0.labels?[Self.instanceLabel] == instance }
        return DiskUsage(
            layers: answer.layers ?? 0,
            buildCache: (answer.cache ?? []).reduce(0) { $0 + ($1.isShared == true ? 0 : $1.size ?? 0) },
            volumes: own.reduce(into: [:]) { $0[$1.name] = max(0, $1.usage?.size ?? 0) },
            images: (answer.images ?? []).map { image in
                let shared = image.shared.flatMap { $0 < 0 ? nil : $0 }
                let labels = counted(image.labels ?? [:], of: image.tags ?? [])
                return ImageUsage(id: image.id, labels: labels, size: image.size ?? 0, shared: shared)
            },
            containers: (answer.containers ?? []).filter { $0.labels?[Self.instanceLabel] == instance }.map {
                ContainerUsage(id: $0.id, labels: $0.labels ?? [:], written: max(0, $0.written ?? 0))
            }
        )
    }
}

private struct UsageAnswer: Decodable {
    let layers: Int64?
    let images: [Image]?
    let containers: [Container]?
    let volumes: [VolumeAnswer]?
    let cache: [Entry]?

    struct Image: Decodable {
        let id: String
        let tags: [String]?
        let labels: [String: String]?
        let size: Int64?
        /// -1 where it is not known.
        let shared: Int64?

        private enum CodingKeys: String, CodingKey {
            case id = "Id"
            case tags = "RepoTags"
            case labels = "Labels"
            case size = "Size"
            case shared = "SharedSize"
        }
    }

    struct Container: Decodable {
        let id: String
        let labels: [String: String]?
        let written: Int64?

        private enum CodingKeys: String, CodingKey {
            case id = "Id"
            case labels = "Labels"
            case written = "SizeRw"
        }
    }

    struct Entry: Decodable {
        let size: Int64?
        /// Its bytes are layers of an image and counted there.
        let isShared: Bool?

        private enum CodingKeys: String, CodingKey {
            case size = "Size"
            case isShared = "Shared"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case layers = "LayersSize"
        case images = "Images"
        case containers = "Containers"
        case volumes = "Volumes"
        case cache = "BuildCache"
    }
}
