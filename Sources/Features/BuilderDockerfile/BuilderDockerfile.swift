import Core
import Store

extension Feature {
    /// Builds what a Dockerfile says.
    static let builderDockerfile = Feature(
        "builder-dockerfile",
        "Builds what a Dockerfile says",
        commands: BuilderDockerfile.all,
        properties: [BuilderDockerfile.dockerfilePath]
    )
}

enum BuilderDockerfile: Noun {
    static var feature: Feature { .builderDockerfile }
    static let all: [any HostCommand.Type] = [
        SetProperty<BuilderDockerfile>.self, ReportCommand<BuilderDockerfile>.self,
    ]

    static let dockerfilePath = Property(
        "dockerfile-path",
        default: "Dockerfile",
        "Where the Dockerfile is",
        normalize: Allowed.plainPath,
        validate: Allowed.relativePath
    )
}
