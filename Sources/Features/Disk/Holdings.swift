import Engine

/// What lies at the engine, as far as cleaning up looks at it.
struct Holdings: Sendable, Equatable {
    struct Image: Sendable, Equatable {
        var id: String
        var tags: [String] = []
        var labels: [String: String] = [:]
        /// All its layers, in bytes.
        var size: Int64 = 0
    }

    struct Container: Sendable, Equatable {
        var id: String
        var name: String
        /// The id of its image.
        var image: String
        var labels: [String: String] = [:]
    }

    struct Volume: Sendable, Equatable {
        var name: String
        var labels: [String: String] = [:]
    }

    var images: [Image] = []
    var containers: [Container] = []
    var volumes: [Volume] = []
}

extension Holdings.Image {
    init(_ summary: ImageSummary) {
        self.init(id: summary.id, tags: summary.tags, labels: summary.labels, size: summary.size)
    }
}

extension Holdings.Container {
    init(_ summary: ContainerSummary) {
        self.init(id: summary.id, name: summary.name, image: summary.imageID, labels: summary.labels)
    }
}

extension Holdings.Volume {
    init(_ facts: VolumeFacts) { self.init(name: facts.name, labels: facts.labels) }
}
