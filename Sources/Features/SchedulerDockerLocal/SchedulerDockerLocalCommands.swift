enum SchedulerDockerLocalCommands: Noun {
    static var feature: Feature { .schedulerDockerLocal }
    static let all: [any HostCommand.Type] = [
        SetProperty<SchedulerDockerLocalCommands>.self, ReportCommand<SchedulerDockerLocalCommands>.self,
    ]
}
