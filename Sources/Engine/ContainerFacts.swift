package import FoundationEssentials

/// What the engine says of one container.
package struct ContainerFacts: Equatable, Sendable {
    package var id: String
    /// Without the slash that the engine puts in front.
    package var name: String
    /// `sha256:...`.
    package var imageID: String
    /// The image as it was named at creation.
    package var image: String
    package var created: Date?
    package var labels: [String: String]
    package var environment: [String]
    package var command: [String]
    package var terminal: Bool
    package var state: ContainerState
    /// How often the engine's restart policy has started it again.
    package var restartCount: Int
    /// As ``RestartPolicy`` reads it; nil where the engine says nothing of it.
    package var restartPolicy: String?
    /// By network name.
    package var networks: [String: ContainerNetwork]

    package init(id: String, name: String, imageID: String, image: String, state: ContainerState) {
        self.id = id
        self.name = name
        self.imageID = imageID
        self.image = image
        self.state = state
        labels = [:]
        environment = []
        command = []
        terminal = false
        restartCount = 0
        networks = [:]
    }
}

/// How a container is.
package struct ContainerState: Equatable, Sendable {
    /// `created`, `running`, `paused`, `restarting`, `removing`, `exited` or `dead`.
    package var status: String
    package var running: Bool
    package var paused: Bool
    package var restarting: Bool
    package var oomKilled: Bool
    package var exitCode: Int
    /// On the host; 0 when it does not run.
    package var pid: Int32
    /// The engine's words for why it did not start, or empty.
    package var error: String
    package var startedAt: Date?
    package var finishedAt: Date?
    /// `starting`, `healthy` or `unhealthy`, where the image has a health check.
    package var health: String?

    package init(
        status: String,
        running: Bool = false,
        paused: Bool = false,
        restarting: Bool = false,
        oomKilled: Bool = false,
        exitCode: Int = 0,
        pid: Int32 = 0,
        error: String = "",
        startedAt: Date? = nil,
        finishedAt: Date? = nil,
        health: String? = nil
    ) {
        self.status = status
        self.running = running
        self.paused = paused
        self.restarting = restarting
        self.oomKilled = oomKilled
        self.exitCode = exitCode
        self.pid = pid
        self.error = error
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.health = health
    }
}

/// A container's place in one network.
package struct ContainerNetwork: Equatable, Sendable {
    package var networkID: String
    /// The IPv4 address it has now, or, when it does not run, the one reserved for it.
    package var address: String?
    package var aliases: [String]

    package init(networkID: String, address: String?, aliases: [String] = []) {
        self.networkID = networkID
        self.address = address
        self.aliases = aliases
    }
}

/// One line of a list of containers.
package struct ContainerSummary: Equatable, Sendable {
    package var id: String
    package var name: String
    package var image: String
    package var imageID: String
    package var created: Date?
    package var labels: [String: String]
    /// As in ``ContainerState/status``.
    package var state: String
    /// For people: `Up 3 minutes (healthy)`.
    package var status: String
    package var networks: [String: ContainerNetwork]

    package init(id: String, name: String, image: String, imageID: String, labels: [String: String], state: String) {
        self.id = id
        self.name = name
        self.image = image
        self.imageID = imageID
        self.labels = labels
        self.state = state
        status = ""
        networks = [:]
    }
}
