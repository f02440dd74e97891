package import Core

/// Everything that is decided about a container before it exists.
///
/// The label of the instance is added by the client.
package struct ContainerSpec: Equatable, Sendable {
    package var image: String
    /// Arguments of the entry point; nil leaves the image's own.
    package var command: [String]?
    /// Nil leaves the image's own; an empty one takes it away.
    package var entrypoint: [String]?
    package var environment: [String: String] = [:]
    package var labels: [String: String] = [:]
    package var hostname: String?
    package var user: String?
    package var workingDirectory: String?
    package var stopSignal: String?
    /// How long the engine waits between the stop signal and SIGKILL, in whole seconds.
    package var stopTimeout: Duration?

    /// A network's name, or `none`, `host`; nil is the engine's default bridge.
    package var network: String?
    /// The IPv4 address in ``network``.
    package var address: String?
    /// Further names in ``network``.
    package var aliases: [String] = []
    /// Lines of /etc/hosts: `name:address`.
    package var extraHosts: [String] = []
    package var publishedPorts: [PublishedPort] = []

    package var mounts: [Mount] = []
    package var limits = Limits()
    package var restartPolicy = RestartPolicy.no
    /// A small init as process 1 that reaps and passes signals on.
    package var usesInit = false
    package var autoRemove = false

    package var terminal = false
    /// At the first moment of the terminal; engines before API 1.42 pass over it.
    package var terminalSize: TerminalSize?
    package var openStdin = false
    /// Standard input, output and error belong to who starts it; input closes when the first client leaves.
    package var attach = false

    /// The engine's size of one log file, such as `10m`; with it or ``logMaxFiles`` the driver is `json-file`.
    package var logMaxSize: String?
    package var logMaxFiles: Int?
    /// Further members in the engine's spelling, such as `Domainname`; they win over the ones above.
    package var options: [String: JSON] = [:]
    /// Further members of HostConfig in the engine's spelling, such as `ShmSize`; they win over the ones above.
    package var hostOptions: [String: JSON] = [:]

    package init(image: String) { self.image = image }
}

/// A folder or volume inside a container.
package struct Mount: Hashable, Sendable {
    package enum Source: Hashable, Sendable {
        /// A path of the host, which must exist.
        case bind(String)
        /// A named volume, made with our label when it does not exist.
        case volume(String)
        case memory
    }

    package var source: Source
    package var target: String
    package var readOnly: Bool
    /// Further words in the engine's spelling.
    ///
    /// How mounts below it spread (`rslave`), `nocopy` for a volume, a consistency (`cached`), or a label of SELinux
    /// (`z`, `Z`).
    package var options: [String]

    package init(_ source: Source, target: String, readOnly: Bool = false, options: [String] = []) {
        self.source = source
        self.target = target
        self.readOnly = readOnly
        self.options = options
    }
}

/// A port of the host that leads into a container.
package struct PublishedPort: Hashable, Sendable {
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
