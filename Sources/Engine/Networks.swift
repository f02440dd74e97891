import NIOHTTP1

/// A network to be made.
package struct NetworkSpec: Equatable, Sendable {
    package var name: String
    package var driver = "bridge"
    /// In CIDR form; nil lets the engine choose.
    package var subnet: String?
    /// The part of the subnet from which addresses are given that nobody asked for.
    package var ipRange: String?
    package var gateway: String?
    /// The driver's, such as `com.docker.network.bridge.enable_icc`.
    package var options: [String: String] = [:]
    package var labels: [String: String] = [:]
    /// Without a way out.
    package var isInternal = false
    package var isAttachable = false

    package init(name: String, subnet: String? = nil, ipRange: String? = nil) {
        self.name = name
        self.subnet = subnet
        self.ipRange = ipRange
    }
}

/// What the engine says of one network.
package struct NetworkFacts: Equatable, Sendable {
    package var id: String
    package var name: String
    package var driver: String
    package var labels: [String: String]
    package var options: [String: String]
    /// In CIDR form.
    package var subnets: [String]
    /// The parts of the subnets from which addresses are given that nobody asked for.
    package var ranges: [String] = []
    /// Names of the containers that run in it, by id; lists leave this empty.
    package var containers: [String: String]
    /// RFC 3339, as the engine wrote it.
    package var created = ""
    /// `local`, `swarm` or `global`.
    package var scope = "local"
    /// Without a way out.
    package var isInternal = false
    package var hasIPv6 = false

    package init(id: String, name: String, driver: String = "bridge") {
        self.id = id
        self.name = name
        self.driver = driver
        labels = [:]
        options = [:]
        subnets = []
        containers = [:]
    }
}

extension Engine {
    /// Makes a network of ours.
    ///
    /// - Returns: Its id.
    /// - Throws: ``EngineError/refused(status:message:request:)``: 409 when the name is taken, 403 or 400 when the
    ///   subnet overlaps another.
    package func createNetwork(_ spec: NetworkSpec) async throws -> String {
        let pool = JSON.members([
            "Subnet": spec.subnet.map(JSON.string),
            "IPRange": spec.ipRange.map(JSON.string),
            "Gateway": spec.gateway.map(JSON.string),
        ])
        let body = JSON.members([
            "Name": .string(spec.name),
            // Before API 1.44 two networks may have the same name unless this is said; later it is ignored.
            "CheckDuplicate": .bool(true),
            "Driver": .string(spec.driver),
            "Internal": .bool(spec.isInternal),
            "Attachable": .bool(spec.isAttachable),
            "IPAM": spec.subnet == nil ? nil : .members(["Config": .array([pool])]),
            "Options": .map(spec.options),
            "Labels": .map(owned(spec.labels)),
        ])
        return try await transport.call(Request(.POST, "/networks/create", body: .json(body)))
            .decoded(Created.self).id
    }

    /// What a network is; nil when there is none of this name or id.
    package func network(_ network: String) async throws -> NetworkFacts? {
        let path = "/networks/\(Request.segment(network))"
        let answer = try await transport.call(Request(.GET, path, alsoFine: [404]))
        return answer.status == 404 ? nil : try answer.decoded(NetworkAnswer.self).facts
    }

    /// Our networks that have all of `labels`.
    package func networks(labels: [String: String] = [:]) async throws -> [NetworkFacts] {
        try await transport.call(Request(.GET, "/networks", query: ["filters": ours(labels)]))
            .decoded([NetworkAnswer].self).map(\.facts)
    }

    /// The subnets of all networks of the engine, in CIDR form.
    ///
    /// Asked without our label in the filter: a subnet must be free of *everybody's* networks before it is ours. Nothing
    /// but the subnets comes out, so that nothing foreign can be touched by what is learned here.
    package func allSubnets() async throws -> [String] {
        try await transport.call(Request(.GET, "/networks")).decoded([NetworkAnswer].self).flatMap(\.subnets)
    }

    /// All networks of the engine, foreign ones too, to be shown; what is done with one is decided by its labels.
    package func everyNetwork() async throws -> [NetworkFacts] {
        try await transport.call(Request(.GET, "/networks")).decoded([NetworkAnswer].self).map(\.facts)
    }

    /// Joins a container to a network, also while it runs.
    package func connect(
        network: String,
        container: String,
        aliases: [String] = [],
        address: String? = nil
    ) async throws {
        let body = JSON.members([
            "Container": .string(container),
            "EndpointConfig": endpoint(address: address, aliases: aliases),
        ])
        let path = "/networks/\(Request.segment(network))/connect"
        _ = try await transport.call(Request(.POST, path, body: .json(body)))
    }

    package func disconnect(network: String, container: String, force: Bool = false) async throws {
        let body = JSON.members(["Container": .string(container), "Force": .bool(force)])
        let path = "/networks/\(Request.segment(network))/disconnect"
        _ = try await transport.call(Request(.POST, path, body: .json(body)))
    }

    /// Removes a network; one that is gone counts as removed.
    package func removeNetwork(_ network: String) async throws {
        let path = "/networks/\(Request.segment(network))"
        _ = try await transport.call(Request(.DELETE, path, alsoFine: [404]))
    }
}

private struct NetworkAnswer: Decodable {
    let id: String
    let name: String?
    let driver: String?
    let labels: [String: String]?
    let options: [String: String]?
    let ipam: Plan?
    let containers: [String: Member]?
    let created: String?
    let scope: String?
    let isInternal: Bool?
    let hasIPv6: Bool?

    struct Plan: Decodable {
        let config: [Pool]?

        private enum CodingKeys: String, CodingKey { case config = "Config" }
    }

    struct Pool: Decodable {
        let subnet: String?
        let range: String?

        private enum CodingKeys: String, CodingKey {
            case subnet = "Subnet"
            case range = "IPRange"
        }
    }

    struct Member: Decodable {
        let name: String?

        private enum CodingKeys: String, CodingKey { case name = "Name" }
    }

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case name = "Name"
        case driver = "Driver"
        case labels = "Labels"
        case options = "Options"
        case ipam = "IPAM"
        case containers = "Containers"
        case created = "Created"
        case scope = "Scope"
        case isInternal = "Internal"
        case hasIPv6 = "EnableIPv6"
    }

    var subnets: [String] { ipam?.config?.compactMap(\.subnet) ?? [] }

    var facts: NetworkFacts {
        var facts = NetworkFacts(id: id, name: name ?? "", driver: driver ?? "")
        facts.labels = labels ?? [:]
        facts.options = options ?? [:]
        facts.subnets = subnets
        facts.ranges = ipam?.config?.compactMap(\.range).filter { !$0.isEmpty } ?? []
        facts.containers = (containers ?? [:]).mapValues { $0.name ?? "" }
        facts.created = created ?? ""
        facts.scope = scope ?? "local"
        facts.isInternal = isInternal ?? false
        facts.hasIPv6 = hasIPv6 ?? false
        return facts
    }
}
