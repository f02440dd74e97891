import FoundationEssentials

// The engine's spelling of containers, and only the members that are used. Lists and maps may be null, and members
// come and go between API versions (the address outside `Networks` did), so all but the identity is optional.

struct ContainerAnswer: Decodable {
    let id: String
    let name: String?
    let image: String?
    let created: LenientDate?
    let restartCount: Int?
    let config: Config?
    let state: StateAnswer?
    let networkSettings: NetworkSettings?
    let host: HostConfig?

    struct HostConfig: Decodable {
        let policy: Policy?

        private enum CodingKeys: String, CodingKey { case policy = "RestartPolicy" }
    }

    struct Policy: Decodable {
        let name: String?
        let attempts: Int?

        private enum CodingKeys: String, CodingKey {
            case name = "Name"
            case attempts = "MaximumRetryCount"
        }

        /// A container that was given none has an empty name.
        var text: String? {
            guard name == "on-failure", let attempts, attempts > 0 else { return name.map { $0.isEmpty ? "no" : $0 } }
            return "on-failure:\(attempts)"
        }
    }

    struct Config: Decodable {
        let image: String?
        let labels: [String: String]?
        let environment: [String]?
        let command: [String]?
        let terminal: Bool?

        private enum CodingKeys: String, CodingKey {
            case image = "Image"
            case labels = "Labels"
            case environment = "Env"
            case command = "Cmd"
            case terminal = "Tty"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case name = "Name"
        case image = "Image"
        case created = "Created"
        case restartCount = "RestartCount"
        case config = "Config"
        case state = "State"
        case networkSettings = "NetworkSettings"
        case host = "HostConfig"
    }

    var facts: ContainerFacts {
        var facts = ContainerFacts(
            id: id,
            name: withoutSlash(name ?? ""),
            imageID: image ?? "",
            image: config?.image ?? "",
            state: state?.state ?? ContainerState(status: "")
        )
        facts.created = created?.date
        facts.labels = config?.labels ?? [:]
        facts.environment = config?.environment ?? []
        facts.command = config?.command ?? []
        facts.terminal = config?.terminal ?? false
        facts.restartCount = restartCount ?? 0
        facts.restartPolicy = host?.policy?.text
        facts.networks = networkSettings?.facts ?? [:]
        return facts
    }
}

struct StateAnswer: Decodable {
    let status: String?
    let running: Bool?
    let paused: Bool?
    let restarting: Bool?
    let oomKilled: Bool?
    let exitCode: Int?
    let pid: Int32?
    let error: String?
    let startedAt: LenientDate?
    let finishedAt: LenientDate?
    let health: Health?

    struct Health: Decodable {
        let status: String?

        private enum CodingKeys: String, CodingKey { case status = "Status" }
    }

    private enum CodingKeys: String, CodingKey {
        case status = "Status"
        case running = "Running"
        case paused = "Paused"
        case restarting = "Restarting"
        case oomKilled = "OOMKilled"
        case exitCode = "ExitCode"
        case pid = "Pid"
        case error = "Error"
        case startedAt = "StartedAt"
        case finishedAt = "FinishedAt"
        case health = "Health"
    }

    var state: ContainerState {
        ContainerState(
            status: status ?? "",
            running: running ?? false,
            paused: paused ?? false,
            restarting: restarting ?? false,
            oomKilled: oomKilled ?? false,
            exitCode: exitCode ?? 0,
            pid: pid ?? 0,
            error: error ?? "",
            startedAt: startedAt?.date,
            finishedAt: finishedAt?.date,
            health: health?.status.flatMap { $0 == "none" || $0.isEmpty ? nil : $0 }
        )
    }
}

struct NetworkSettings: Decodable {
    let networks: [String: Endpoint]?

    struct Endpoint: Decodable {
        let networkID: String?
        let address: String?
        let aliases: [String]?
        let reservation: Reservation?

        private enum CodingKeys: String, CodingKey {
            case networkID = "NetworkID"
            case address = "IPAddress"
            case aliases = "Aliases"
            case reservation = "IPAMConfig"
        }
    }

    struct Reservation: Decodable {
        let address: String?

        private enum CodingKeys: String, CodingKey { case address = "IPv4Address" }
    }

    private enum CodingKeys: String, CodingKey { case networks = "Networks" }

    var facts: [String: ContainerNetwork] {
        (networks ?? [:]).mapValues { endpoint in
            let known = [endpoint.address, endpoint.reservation?.address].compactMap { $0 }
            return ContainerNetwork(
                networkID: endpoint.networkID ?? "",
                address: known.first { !$0.isEmpty },
                aliases: endpoint.aliases ?? []
            )
        }
    }
}

struct ContainerLine: Decodable {
    let id: String
    let names: [String]?
    let image: String?
    let imageID: String?
    let created: LenientDate?
    let labels: [String: String]?
    let state: String?
    let status: String?
    let networkSettings: NetworkSettings?

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case names = "Names"
        case image = "Image"
        case imageID = "ImageID"
        case created = "Created"
        case labels = "Labels"
        case state = "State"
        case status = "Status"
        case networkSettings = "NetworkSettings"
    }

    /// What the engine has removed and still lists (seen with 20.10): it has no name, and no other call knows it.
    var isGhost: Bool { (names ?? []).isEmpty && state == "removing" }

    var summary: ContainerSummary {
        // A name with a second slash is a link's, not the container's own.
        let name = names?.map(withoutSlash).first { !$0.contains("/") }
        var summary = ContainerSummary(
            id: id,
            name: name ?? "",
            image: image ?? "",
            imageID: imageID ?? "",
            labels: labels ?? [:],
            state: state ?? ""
        )
        summary.created = created?.date
        summary.status = status ?? ""
        summary.networks = networkSettings?.facts ?? [:]
        return summary
    }
}

private func withoutSlash(_ name: String) -> String { name.hasPrefix("/") ? String(name.dropFirst()) : name }
