import Core
import Store

extension Feature {
    /// The builder for sources with a railpack.json.
    static let builderRailpack = Feature(
        "builder-railpack",
        "The builder for sources with a railpack.json",
        commands: BuilderRailpack.all,
        properties: [BuilderRailpack.path]
    )
}

enum BuilderRailpack: AbsentBuilder {
    static var feature: Feature { .builderRailpack }
    static let all: [any HostCommand.Type] = [
        SetProperty<BuilderRailpack>.self, ReportCommand<BuilderRailpack>.self,
    ]

    static let path = Property(
        "railpackjson-path",
        default: "railpack.json",
        "Where railpack.json is",
        normalize: Allowed.plainPath,
        validate: Allowed.relativePath
    )
}
