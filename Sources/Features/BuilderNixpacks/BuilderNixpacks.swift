import Core
import Store

extension Feature {
    /// The builder for sources with a nixpacks.toml.
    static let builderNixpacks = Feature(
        "builder-nixpacks",
        "The builder for sources with a nixpacks.toml",
        commands: BuilderNixpacks.all,
        properties: [BuilderNixpacks.path]
    )
}

enum BuilderNixpacks: AbsentBuilder {
    static var feature: Feature { .builderNixpacks }
    static let all: [any HostCommand.Type] = [
        SetProperty<BuilderNixpacks>.self, ReportCommand<BuilderNixpacks>.self,
    ]

    static let path = Property(
        "nixpackstoml-path",
        default: "nixpacks.toml",
        "Where nixpacks.toml is",
        normalize: Allowed.plainPath,
        validate: Allowed.relativePath
    )
}
