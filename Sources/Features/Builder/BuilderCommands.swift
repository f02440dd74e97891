import Core

enum BuilderCommands: Noun {
    static var feature: Feature { .builder }
    static let all: [any HostCommand.Type] = [
        SetProperty<BuilderCommands>.self, ReportCommand<BuilderCommands>.self,
    ]

    static func willSet(_ property: Property, to value: String?, of app: App?, on host: Host) async throws {
        guard property.name == Builder.selected.name, let value else { return }
        try await Builder(on: host).refuseUnknown(value)
    }
}
