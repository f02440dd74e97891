import NIOHTTP1

/// What the engine says of one volume.
package struct VolumeFacts: Equatable, Sendable {
    package var name: String
    package var driver: String
    /// Where it is on the host.
    package var mountpoint: String
    package var labels: [String: String]

    package init(name: String, driver: String = "local", mountpoint: String = "", labels: [String: String] = [:]) {
        self.name = name
        self.driver = driver
        self.mountpoint = mountpoint
        self.labels = labels
    }
}

extension Engine {
    /// Makes a volume of ours; one that exists stays as it is, labels included.
    package func createVolume(_ name: String, labels: [String: String] = [:]) async throws -> VolumeFacts {
        let body = JSON.members(["Name": .string(name), "Labels": .map(owned(labels))])
        return try await transport.call(Request(.POST, "/volumes/create", body: .json(body)))
            .decoded(VolumeAnswer.self).facts
    }

    /// What a volume is; nil when there is none of this name.
    package func volume(_ name: String) async throws -> VolumeFacts? {
        let answer = try await transport.call(Request(.GET, "/volumes/\(Request.segment(name))", alsoFine: [404]))
        return answer.status == 404 ? nil : try answer.decoded(VolumeAnswer.self).facts
    }

    /// Our volumes that have all of `labels`.
    package func volumes(labels: [String: String] = [:]) async throws -> [VolumeFacts] {
        try await transport.call(Request(.GET, "/volumes", query: ["filters": ours(labels)]))
            .decoded(VolumeList.self).volumes?.map(\.facts) ?? []
    }

    /// Removes a volume; one that is gone counts as removed.
    ///
    /// - Throws: ``EngineError/refused(status:message:request:)`` with 409 while a container uses it.
    package func removeVolume(_ name: String) async throws {
        _ = try await transport.call(Request(.DELETE, "/volumes/\(Request.segment(name))", alsoFine: [404]))
    }
}

private struct VolumeList: Decodable {
    let volumes: [VolumeAnswer]?

    private enum CodingKeys: String, CodingKey { case volumes = "Volumes" }
}

struct VolumeAnswer: Decodable {
    let name: String
    let driver: String?
    let mountpoint: String?
    let labels: [String: String]?
    let usage: Usage?

    struct Usage: Decodable {
        /// Bytes, -1 where it is not known.
        let size: Int64?

        private enum CodingKeys: String, CodingKey { case size = "Size" }
    }

    private enum CodingKeys: String, CodingKey {
        case name = "Name"
        case driver = "Driver"
        case mountpoint = "Mountpoint"
        case labels = "Labels"
        case usage = "UsageData"
    }

    var facts: VolumeFacts {
        VolumeFacts(name: name, driver: driver ?? "", mountpoint: mountpoint ?? "", labels: labels ?? [:])
    }
}
