import Core
import Store

extension Feature {
    /// Where a source says how it wants to be run.
    static let appJSON = Feature(
        "app-json",
        "Where a source says how it wants to be run",
        commands: AppJsonFile.all,
        properties: [AppJsonFile.path]
    )
}

/// The file itself is read by ``AppJSON``.
enum AppJsonFile: Noun {
    static var feature: Feature { .appJSON }
    static let all: [any HostCommand.Type] = [SetProperty<AppJsonFile>.self, ReportCommand<AppJsonFile>.self]

    static let path = Property(
        "appjson-path",
        default: "app.json",
        "Where app.json is",
        normalize: Allowed.plainPath,
        validate: Allowed.relativePath
    )
}
