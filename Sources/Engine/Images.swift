package import FoundationEssentials
import NIOHTTP1

/// What the engine says of one image.
package struct ImageFacts: Equatable, Sendable {
    /// `sha256:...`.
    package var id: String
    /// Bytes on disk, layers shared with other images included.
    package var size: Int64
    /// `5000/tcp`, in the order of their numbers.
    package var exposedPorts: [String]
    package var command: [String]
    package var entrypoint: [String]
    /// `NAME=value`.
    package var environment: [String]
    package var workingDirectory: String
    package var user: String
    package var labels: [String: String]
    package var created: Date?
    /// `name:tag`.
    package var tags: [String]
    /// `name@sha256:...`, for what came from a registry or went to one.
    package var digests: [String]
    /// In Go's words: `amd64`, `arm64`.
    package var architecture: String

    package init(id: String, size: Int64 = 0) {
        self.id = id
        self.size = size
        exposedPorts = []
        command = []
        entrypoint = []
        environment = []
        workingDirectory = ""
        user = ""
        labels = [:]
        tags = []
        digests = []
        architecture = ""
    }
}

/// One line of a list of images.
package struct ImageSummary: Equatable, Sendable {
    package var id: String
    package var tags: [String]
    package var labels: [String: String]
    package var created: Date?
    /// Bytes on disk, layers shared with other images included.
    package var size: Int64

    package init(id: String, tags: [String], labels: [String: String], created: Date?, size: Int64) {
        self.id = id
        self.tags = tags
        self.labels = labels
        self.created = created
        self.size = size
    }
}

extension Engine {
    /// What an image is; nil when there is none of this name, digest or id.
    package func image(_ reference: String) async throws -> ImageFacts? {
        let path = "/images/\(Request.reference(reference))/json"
        let answer = try await transport.call(Request(.GET, path, alsoFine: [404]))
        return answer.status == 404 ? nil : try answer.decoded(ImageAnswer.self).facts
    }

    /// Our images: those that were built or imported here, of one app or of all, and those that have a name of ours.
    ///
    /// What a plugin has built has none of our labels. Its name, `slipway-<instance>/<app>:...`, says whose it is, and it
    /// is listed with the labels that it would have.
    package func images(app: String? = nil) async throws -> [ImageSummary] {
        let labels = app.map { [Self.appLabel: $0] } ?? [:]
        let names = JSON.object(["reference": .strings(["\(ownNames)\(app ?? "*")"])]).text
        var all: [ImageSummary] = []
        for filters in [ours(labels), names] {
            let lines = try await transport.call(Request(.GET, "/images/json", query: ["filters": filters]))
                .decoded([ImageLine].self)
            let known = Set(all.map(\.id))
            all += lines.map(\.summary).filter { !known.contains($0.id) }
        }
        return all.map { image in
            var image = image
            image.labels = counted(image.labels, of: image.tags)
            return image
        }
    }

    /// What names of images of this instance begin with.
    private var ownNames: String { "slipway-\(instance)/" }

    /// The labels of an image, or those that its name stands for where it has none of ours.
    func counted(_ labels: [String: String], of tags: [String]) -> [String: String] {
        guard labels[Self.instanceLabel] != instance, let own = tags.first(where: { $0.hasPrefix(ownNames) }) else {
            return labels
        }
        var result = owned(labels)
        result[Self.appLabel] = String(own.dropFirst(ownNames.count).prefix { $0 != ":" })
        return result
    }

    /// Gives an image one more name, `repository:tag`.
    package func tag(_ image: String, as name: String) async throws {
        let reference = ImageReference(name)
        let path = "/images/\(Request.reference(image))/tag"
        _ = try await transport.call(Request(.POST, path, query: ["repo": reference.repository, "tag": reference.tag]))
    }

    /// Takes a name away, and the image with its last name; a name that is gone counts as removed.
    ///
    /// - Returns: What went with it: digests of the image and of each layer that no other image has, the highest first.
    /// - Throws: ``EngineError/refused(status:message:request:)`` with 409 while a container uses the image.
    @discardableResult
    package func removeImage(_ reference: String, force: Bool = false) async throws -> [String] {
        let path = "/images/\(Request.reference(reference))"
        let answer = try await transport.call(
            Request(.DELETE, path, query: ["force": force ? "true" : nil], limit: .seconds(120), alsoFine: [404])
        )
        guard answer.status != 404, !answer.body.isEmpty else { return [] }
        return try answer.decoded([RemovalLine].self).compactMap(\.deleted)
    }
}

/// A name of an image, taken apart as the engine does.
struct ImageReference: Equatable {
    var repository: String
    /// A tag or a digest `sha256:...`; `latest` where none is given.
    var tag: String

    init(_ text: String) {
        if let at = text.firstIndex(of: "@") {
            repository = String(text[..<at])
            tag = String(text[text.index(after: at)...])
        } else if let colon = text.lastIndex(of: ":"), !text[colon...].contains("/") {
            repository = String(text[..<colon])
            tag = String(text[text.index(after: colon)...])
        } else {
            repository = text
            tag = "latest"
        }
    }
}

private struct RemovalLine: Decodable {
    let deleted: String?

    private enum CodingKeys: String, CodingKey { case deleted = "Deleted" }
}

private struct ImageAnswer: Decodable {
    let id: String
    let size: Int64?
    let created: LenientDate?
    let tags: [String]?
    let digests: [String]?
    let architecture: String?
    let config: Config?

    struct Config: Decodable {
        let ports: [String: Nothing]?
        let command: [String]?
        let entrypoint: [String]?
        let environment: [String]?
        let workingDirectory: String?
        let user: String?
        let labels: [String: String]?

        private enum CodingKeys: String, CodingKey {
            case ports = "ExposedPorts"
            case command = "Cmd"
            case entrypoint = "Entrypoint"
            case environment = "Env"
            case workingDirectory = "WorkingDir"
            case user = "User"
            case labels = "Labels"
        }
    }

    struct Nothing: Decodable {}

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case size = "Size"
        case created = "Created"
        case tags = "RepoTags"
        case digests = "RepoDigests"
        case architecture = "Architecture"
        case config = "Config"
    }

    var facts: ImageFacts {
        var facts = ImageFacts(id: id, size: size ?? 0)
        facts.exposedPorts = (config?.ports?.keys.map { $0 } ?? []).sorted { left, right in
            let (a, b) = (Int(left.prefix(while: \.isNumber)) ?? 0, Int(right.prefix(while: \.isNumber)) ?? 0)
            return (a, left) < (b, right)
        }
        facts.command = config?.command ?? []
        facts.entrypoint = config?.entrypoint ?? []
        facts.environment = config?.environment ?? []
        facts.workingDirectory = config?.workingDirectory ?? ""
        facts.user = config?.user ?? ""
        facts.labels = config?.labels ?? [:]
        facts.created = created?.date
        facts.tags = tags ?? []
        facts.digests = digests ?? []
        facts.architecture = architecture ?? ""
        return facts
    }
}

private struct ImageLine: Decodable {
    let id: String
    let tags: [String]?
    let labels: [String: String]?
    let created: LenientDate?
    let size: Int64?

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case tags = "RepoTags"
        case labels = "Labels"
        case created = "Created"
        case size = "Size"
    }

    var summary: ImageSummary {
        // An image without a name is listed as "<none>:<none>" by older engines.
        let names = (tags ?? []).filter { !$0.hasPrefix("<none>") }
        return ImageSummary(id: id, tags: names, labels: labels ?? [:], created: created?.date, size: size ?? 0)
    }
}
