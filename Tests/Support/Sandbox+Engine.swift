import Core
package import FoundationEssentials
import Programs
import SystemPackage

/// A container of the engine's list, in the engine's spelling.
package struct ListedContainer: Decodable, Sendable {
    package let Id: String
    package let Names: [String]
    package let State: String
    package let ImageID: String
    package let Labels: [String: String]?
    package let NetworkSettings: Networks?

    package struct Networks: Decodable, Sendable {
        let Networks: [String: Address]?

        struct Address: Decodable, Sendable { let IPAddress: String? }
    }

    /// On every network it is in; none while it does not run.
    package var addresses: [String] {
        (NetworkSettings?.Networks ?? [:]).values.compactMap(\.IPAddress).filter { !$0.isEmpty }
    }

    package var name: String { String(Names.first?.dropFirst() ?? "") }
}

/// An image of the engine's list, in the engine's spelling.
package struct ListedImage: Decodable, Sendable {
    package let Id: String
    package let RepoTags: [String]?
}

/// A line of the engine's `/events`.
package struct EngineEvent: Decodable, Sendable {
    package struct Actor: Decodable, Sendable {
        package let ID: String
        package let Attributes: [String: String]?
    }

    package let `Type`: String
    package let Action: String
    package let Actor: Actor
    package let timeNano: Int64
}

extension Sandbox {
    /// Asks the engine directly; the body of the answer.
    ///
    /// - Throws: ``Unsuccessful`` for an error status.
    @discardableResult
    package func engine(
        _ method: String,
        _ path: String,
        query: [String: String] = [:],
        json body: String? = nil
    ) async throws -> [UInt8] {
        var words = ["-sS", "--fail-with-body", "--unix-socket", engineSocket, "-X", method, "http://engine\(path)"]
        if let body { words += ["-H", "Content-Type: application/json", "-d", body] }
        for (key, value) in query.sorted(by: { $0.key < $1.key }) {
            words += ["--data-urlencode", "\(key)=\(value)"]
        }
        if !query.isEmpty { words.append("-G") }
        let program = Program("/usr/bin/curl", words, limit: 16 << 20)
        return try await Finished.run(program).succeeded("\(method) \(path)").bytes
    }

    /// The containers of an app of this instance, also those that do not run, by name.
    package func containers(of app: String) async throws -> [ListedContainer] {
        try await containers().filter { $0.name.hasPrefix(app + ".") }
    }

    /// Every container of this instance, by name.
    package func containers() async throws -> [ListedContainer] {
        let filters = #"{"label":["slipway.instance=\#(instance)"]}"#
        let body = try await engine("GET", "/containers/json", query: ["all": "1", "filters": filters])
        // What the engine has removed may stay in its list, without a name and unknown to every other call (20.10).
        let all = try JSONDecoder().decode([ListedContainer].self, from: Data(body))
        return all.filter { !$0.name.isEmpty || $0.State != "removing" }.sorted { $0.name < $1.name }
    }

    /// The images that carry this instance's label, or a tag of its.
    package func images() async throws -> [ListedImage] {
        var found: [String: ListedImage] = [:]
        let filters = [
            #"{"label":["slipway.instance=\#(instance)"]}"#, #"{"reference":["slipway-\#(instance)/*"]}"#,
        ]
        for filter in filters {
            let body = try await engine("GET", "/images/json", query: ["filters": filter])
            for image in try JSONDecoder().decode([ListedImage].self, from: Data(body)) { found[image.Id] = image }
        }
        return found.values.sorted { $0.Id < $1.Id }
    }

    /// What the engine did with containers, images and networks since a moment, up to now.
    ///
    /// The engine remembers the last 256.
    package func events(since start: Date) async throws -> [EngineEvent] {
        let query = [
            "since": "\(start.timeIntervalSince1970)", "until": "\(Date.now.timeIntervalSince1970)",
        ]
        let body = try await engine("GET", "/events", query: query)
        return try body.split(separator: UInt8(ascii: "\n")).map {
            try JSONDecoder().decode(EngineEvent.self, from: Data($0))
        }
    }
}
