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

    static func didSet(_ property: Property, of app: App?, on host: Host) async throws {
        guard property.name == Builder.selected.name else { return }
        let selected = try await Properties("builder", on: host).effective(property, of: app)
        guard !selected.isEmpty, !BuilderChoice(named: selected).isHere else { return }
        host.output.warn("this host has no builder \(selected): a push would fail before the build")
    }
}
