import Core
import Store

extension Feature {
    /// The builder for Cloud Native Buildpacks with a project.toml.
    static let builderPack = Feature(
        "builder-pack",
        "The builder for Cloud Native Buildpacks with a project.toml",
        commands: BuilderPack.all,
        properties: [BuilderPack.path]
    )
}

enum BuilderPack: AbsentBuilder {
    static var feature: Feature { .builderPack }
    static let all: [any HostCommand.Type] = [
        SetProperty<BuilderPack>.self, ReportCommand<BuilderPack>.self,
    ]

    static let path = Property(
        "projecttoml-path",
        default: "project.toml",
        "Where project.toml is",
        normalize: Allowed.plainPath,
        validate: Allowed.relativePath
    )
}
