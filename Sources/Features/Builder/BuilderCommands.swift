import Core

enum BuilderCommands: Noun {
    static var feature: Feature { .builder }
    static let all: [any HostCommand.Type] = [
        SetProperty<BuilderCommands>.self, ReportCommand<BuilderCommands>.self,
    ]
}
