package import Core
package import Engine

/// One instance to run: everything a scheduler needs to know, in its own words.
package struct Workload: Sendable, Codable, Equatable {
    /// What the engine calls it while it is the newest; unique in the engine.
    package var name: String
    package var image: String
    /// Replaces the image's command; nil keeps it.
    package var command: [String]?
    package var environment: [String: String]
    package var labels: [String: String]
    /// The reserved address, or nil where the scheduler gives one.
    package var address: String?
    package var hostname: String
    /// The network on which it has its address, or `none`; nil is the one of all instances.
    package var home: WorkloadNetwork?
    package var mounts: [WorkloadMount] = []
    package var limits = WorkloadLimits()
    package var restartPolicy: String = "unless-stopped"
    package var usesInit = true
    package var stopGrace: Duration = .seconds(30)
    /// Size at which a log file of the engine is turned over, in the engine's notation; nil is no limit.
    package var logSize: String? = "10m"
    package var terminal = false
    /// Of the terminal at its first moment, where the scheduler can do that.
    package var terminalSize: TerminalSize?
    package var openInput = false
    /// Nothing is left of it when it has ended.
    package var removesItself = false
    package var user: String?
    /// Replaces the image's entry point; nil keeps it, an empty one takes it away.
    package var entrypoint: [String]?
    package var workingDirectory: String?
    package var stopSignal: String?
    /// Networks besides the instances' own, joined before it starts.
    package var networks: [WorkloadNetwork] = []
    /// Ports of the host that lead into it past the proxy.
    package var publishedPorts: [WorkloadPort] = []
    /// Lines of /etc/hosts: `name:address`.
    package var extraHosts: [String] = []
    /// The engine's log driver; nil is its own choice.
    package var logDriver: String?
    package var logOptions: [String: String] = [:]
    /// Members of the engine's description of a container for which there is no word here, such as `Domainname`.
    package var engineOptions: [String: JSON] = [:]
    /// The same of its HostConfig, such as `CapAdd`.
    package var engineHostOptions: [String: JSON] = [:]

    package init(name: String, image: String, hostname: String) {
        self.name = name
        self.image = image
        self.hostname = hostname
        command = nil
        environment = [:]
        labels = [:]
        address = nil
    }
}

/// A folder or a volume inside an instance.
package struct WorkloadMount: Sendable, Codable, Equatable, Hashable {
    /// An absolute path of the host, or the name of a volume.
    package var source: String
    package var target: String
    package var isReadOnly: Bool
    /// No two releases have it at once, and no two instances of a type: the old end before the new start.
    package var isSingleWriter: Bool
    /// Further words in the engine's spelling: `rslave`, `nocopy`, `z`.
    package var options: [String]

    package init(
        source: String,
        target: String,
        isReadOnly: Bool,
        isSingleWriter: Bool = false,
        options: [String] = []
    ) {
        self.source = source
        self.target = target
        self.isReadOnly = isReadOnly
        self.isSingleWriter = isSingleWriter
        self.options = options
    }

    /// Records that say nothing of writers or options are of before there was a choice.
    package init(from decoder: any Decoder) throws {
        let table = try decoder.container(keyedBy: CodingKeys.self)
        source = try table.decode(String.self, forKey: .source)
        target = try table.decode(String.self, forKey: .target)
        isReadOnly = try table.decode(Bool.self, forKey: .isReadOnly)
        isSingleWriter = try table.decodeIfPresent(Bool.self, forKey: .isSingleWriter) ?? false
        options = try table.decodeIfPresent([String].self, forKey: .options) ?? []
    }
}

/// A network an instance is in, besides the one on which it has its address.
package struct WorkloadNetwork: Sendable, Codable, Equatable {
    package var name: String
    /// Names under which others in it find the instance.
    package var aliases: [String]
    /// Made when it is absent, with these labels; nil for one that has to be there.
    package var labels: [String: String]?
    /// Containers that are brought into it, by the name under which the instance finds them.
    package var guests: [String: String]

    package init(
        _ name: String,
        aliases: [String] = [],
        labels: [String: String]? = nil,
        guests: [String: String] = [:]
    ) {
        self.name = name
        self.aliases = aliases
        self.labels = labels
        self.guests = guests
    }
}

/// A port of the host that leads into an instance.
package struct WorkloadPort: Sendable, Codable, Equatable, Hashable {
    package var container: UInt16
    /// `tcp`, `udp` or `sctp`.
    package var transport: String
    /// Nil listens on all addresses.
    package var hostAddress: String?
    /// Nil lets the engine choose a free one.
    package var host: UInt16?

    package init(container: UInt16, transport: String = "tcp", hostAddress: String? = nil, host: UInt16? = nil) {
        self.container = container
        self.transport = transport
        self.hostAddress = hostAddress
        self.host = host
    }
}

/// What an instance may use; nil is unlimited.
package struct WorkloadLimits: Sendable, Codable, Equatable {
    /// Bytes.
    package var memory: Int64?
    /// Bytes, memory and swap together.
    package var memorySwap: Int64?
    /// Bytes.
    package var memoryReservation: Int64?
    /// Billionths of a core.
    package var nanoCPUs: Int64?
    /// How many graphics processors it gets; -1 is all.
    package var gpus: Int64?
    /// Amounts that are kept for schedulers that know them, as they were written: `limit.network`.
    package var noted: [String: String]?

    package init() {}
}

/// What is known of an instance at one moment.
package struct InstanceState: Sendable, Equatable {
    package enum Phase: Sendable, Equatable {
        case created, running, restarting, paused
        case exited(code: Int, outOfMemory: Bool)
    }
    package var handle: String
    package var phase: Phase
    /// Process id on this host; 0 when it does not run here.
    package var pid: Int32
    package var address: String?
    package var restarts: Int
    /// The engine's own words when it could not start it.
    package var error: String
    /// What happens when it ends by itself, as ``Scheduler/setRestartPolicy(_:of:)`` takes it; nil where nobody knows.
    package var restartPolicy: String?
    /// When it last ended; nil where nobody knows.
    package var endedAt: Timestamp?

    package init(handle: String, phase: Phase, pid: Int32, address: String?, restarts: Int, error: String) {
        self.handle = handle
        self.phase = phase
        self.pid = pid
        self.address = address
        self.restarts = restarts
        self.error = error
    }

    package var isRunning: Bool { phase == .running }
}

/// A line of an instance's log.
package struct LogLine: Sendable, Equatable {
    /// RFC 3339, as the engine wrote it; empty when not asked for.
    package var time: String
    package var isError: Bool
    package var text: String

    package init(time: String, isError: Bool, text: String) {
        self.time = time
        self.isError = isError
        self.text = text
    }
}

/// Which part of a log is wanted.
package struct LogWish: Sendable {
    package var follow: Bool
    /// How many of the last lines; nil is all.
    package var tail: Int?
    package var timestamps: Bool

    package init(follow: Bool = false, tail: Int? = nil, timestamps: Bool = false) {
        self.follow = follow
        self.tail = tail
        self.timestamps = timestamps
    }
}
