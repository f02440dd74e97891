import NIOHTTP1

/// What an engine and its machine are like.
package struct EngineInfo: Equatable, Sendable {
    package var id = ""
    package var server = ""
    /// `overlay2`, `overlayfs`, ...
    package var storageDriver = ""
    package var logDriver = ""
    /// `cgroupfs` or `systemd`.
    package var cgroupDriver = ""
    /// `1` or `2`.
    package var cgroupVersion = ""
    package var operatingSystem = ""
    package var kernel = ""
    package var architecture = ""
    package var cpus = 0
    /// Bytes.
    package var memory: Int64 = 0
    /// Where the engine keeps everything.
    package var root = ""
    package var securityOptions: [String] = []
    package var canLimitMemory = false
    package var canLimitSwap = false
    package var canLimitPids = false
    /// Containers outlive a restart of the engine.
    package var liveRestore = false
    /// `active` when it is a member of a swarm.
    package var swarmState = ""
    package var isSwarmManager = false
    package var warnings: [String] = []

    package init() {}
}

extension Engine {
    package func info() async throws -> EngineInfo {
        try await transport.call(Request(.GET, "/info")).decoded(InfoAnswer.self).info
    }
}

private struct InfoAnswer: Decodable {
    let id: String?
    let server: String?
    let storageDriver: String?
    let logDriver: String?
    let cgroupDriver: String?
    let cgroupVersion: String?
    let operatingSystem: String?
    let kernel: String?
    let architecture: String?
    let cpus: Int?
    let memory: Int64?
    let root: String?
    let securityOptions: [String]?
    let memoryLimit: Bool?
    let swapLimit: Bool?
    let pidsLimit: Bool?
    let liveRestore: Bool?
    let swarm: Swarm?
    let warnings: [String]?

    struct Swarm: Decodable {
        let state: String?
        let isManager: Bool?

        private enum CodingKeys: String, CodingKey {
            case state = "LocalNodeState"
            case isManager = "ControlAvailable"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case id = "ID"
        case server = "ServerVersion"
        case storageDriver = "Driver"
        case logDriver = "LoggingDriver"
        case cgroupDriver = "CgroupDriver"
        case cgroupVersion = "CgroupVersion"
        case operatingSystem = "OperatingSystem"
        case kernel = "KernelVersion"
        case architecture = "Architecture"
        case cpus = "NCPU"
        case memory = "MemTotal"
        case root = "DockerRootDir"
        case securityOptions = "SecurityOptions"
        case memoryLimit = "MemoryLimit"
        case swapLimit = "SwapLimit"
        case pidsLimit = "PidsLimit"
        case liveRestore = "LiveRestoreEnabled"
        case swarm = "Swarm"
        case warnings = "Warnings"
    }

    var info: EngineInfo {
        var info = EngineInfo()
        info.id = id ?? ""
        info.server = server ?? ""
        info.storageDriver = storageDriver ?? ""
        info.logDriver = logDriver ?? ""
        info.cgroupDriver = cgroupDriver ?? ""
        info.cgroupVersion = cgroupVersion ?? ""
        info.operatingSystem = operatingSystem ?? ""
        info.kernel = kernel ?? ""
        info.architecture = architecture ?? ""
        info.cpus = cpus ?? 0
        info.memory = memory ?? 0
        info.root = root ?? ""
        info.securityOptions = securityOptions ?? []
        info.canLimitMemory = memoryLimit ?? false
        info.canLimitSwap = swapLimit ?? false
        info.canLimitPids = pidsLimit ?? false
        info.liveRestore = liveRestore ?? false
        info.swarmState = swarm?.state ?? ""
        info.isSwarmManager = swarm?.isManager ?? false
        info.warnings = warnings ?? []
        return info
    }
}
