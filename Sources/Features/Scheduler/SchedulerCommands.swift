enum SchedulerCommands: Noun {
    static var feature: Feature { .scheduler }
    static let all: [any HostCommand.Type] = [
        SetProperty<SchedulerCommands>.self, ReportCommand<SchedulerCommands>.self,
    ]
}
