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

/// What the engine keeps on disk, in bytes.
package struct DiskUsage: Equatable, Sendable {
    /// All layers of all images, whoever's they are.
    package var layers: Int64
    /// The build cache, whoever's it is.
    package var buildCache: Int64
    /// Our volumes by name.
    package var volumes: [String: Int64]

    package init(layers: Int64, buildCache: Int64, volumes: [String: Int64]) {
        self.layers = layers
        self.buildCache = buildCache
        self.volumes = volumes
    }
}

extension Engine {
    package func info() async throws -> EngineInfo {
        try await transport.call(Request(.GET, "/info")).decoded(InfoAnswer.self).info
    }

    /// What is used on disk; it may take minutes on a large engine.
    ///
    /// The engine has no filter here: foreign objects only count in the sums, and foreign volumes not at all.
    package func df() async throws -> DiskUsage {
        let answer = try await transport.call(Request(.GET, "/system/df", limit: .seconds(600)))
            .decoded(UsageAnswer.self)
        let own = (answer.volumes ?? []).filter { $0.labels?[Self.instanceLabel] == instance }
        return DiskUsage(
            layers: answer.layers ?? 0,
            buildCache: (answer.cache ?? []).reduce(0) { $0 + ($1.isShared == true ? 0 : $1.size ?? 0) },
            volumes: own.reduce(into: [:]) { $0[$1.name] = max(0, $1.usage?.size ?? 0) }
        )
    }
}

private struct UsageAnswer: Decodable {
    let layers: Int64?
    let volumes: [VolumeAnswer]?
    let cache: [Entry]?

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
        case volumes = "Volumes"
        case cache = "BuildCache"
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
