package import Engine

/// Makes an image out of a source tree.
package protocol Builder: Sendable {
    /// What people call it in settings.
    var name: String { get }

    /// Whether the tree looks like something for this builder.
    func recognises(_ source: SourceTree) async throws -> Bool

    /// Builds and returns when the image exists; cancelling ends the build at the engine too.
    func build(
        _ request: BuildRequest,
        _ source: SourceTree,
        progress: @escaping @Sendable (BuildProgress) -> Void
    ) async throws -> BuiltImage
}

/// How an image is to be built.
package struct BuildRequest: Sendable {
    /// The name that the image gets.
    package var tag: String
    package var labels: [String: String]
    /// Relative to the source tree.
    package var dockerfile: String
    package var arguments: [String: String]
    package var noCache: Bool
    /// Ask the registry for newer base images.
    package var pull: Bool
    /// The stage to stop at; the last one when nil.
    package var target: String?
    /// In bytes.
    package var memory: Int64?
    package var network: String?
    package var platform: String?
    /// Further items of the engine's build query, such as `shmsize`; one with several values is sent as often.
    package var extra: [String: [String]] = [:]
    /// Who we are to the registries of base images.
    package var logins: [RegistryAuth] = []

    package init(
        tag: String,
        labels: [String: String] = [:],
        dockerfile: String = "Dockerfile",
        arguments: [String: String] = [:],
        noCache: Bool = false,
        pull: Bool = false,
        target: String? = nil,
        memory: Int64? = nil,
        network: String? = nil,
        platform: String? = nil
    ) {
        self.tag = tag
        self.labels = labels
        self.dockerfile = dockerfile
        self.arguments = arguments
        self.noCache = noCache
        self.pull = pull
        self.target = target
        self.memory = memory
        self.network = network
        self.platform = platform
    }
}

/// What happens while an image is built, in order.
package enum BuildProgress: Equatable, Sendable {
    /// A step begins to run; its `duration` is zero still. Steps that come from the cache only finish, but for
    /// base images.
    case started(BuildStepReport)
    /// A step is done; the one that makes the build fail never is.
    case stepFinished(BuildStepReport)
    /// A whole line that a step wrote, controls and all, and the step's name where it is known.
    case log(step: String?, String)
    /// A sentence for the person who waits.
    case note(String)
}

/// One step of a build: an instruction of the Dockerfile.
package struct BuildStepReport: Equatable, Sendable {
    /// The instruction on one line, as `RUN npm run build`.
    package var name: String
    package var cached: Bool
    package var duration: Duration
    /// Its number within its stage, from 1.
    package var ordinal: Int
    /// How many steps its stage has.
    package var total: Int

    package init(name: String, cached: Bool, duration: Duration, ordinal: Int, total: Int) {
        self.name = name
        self.cached = cached
        self.duration = duration
        self.ordinal = ordinal
        self.total = total
    }
}

/// An image that was built, and how.
package struct BuiltImage: Equatable, Sendable {
    /// The engine's id of it, `sha256:` and 64 digits.
    package var id: String
    /// Every step in the order in which they were announced.
    package var stepReports: [BuildStepReport]
    /// From sending the first byte to knowing the image.
    package var engineTime: Duration
    /// The engine had no BuildKit.
    package var usedClassic: Bool

    package init(id: String, stepReports: [BuildStepReport], engineTime: Duration, usedClassic: Bool) {
        self.id = id
        self.stepReports = stepReports
        self.engineTime = engineTime
        self.usedClassic = usedClassic
    }

    package var steps: Int { stepReports.count }
    package var cached: Int { stepReports.count(where: \.cached) }
}
