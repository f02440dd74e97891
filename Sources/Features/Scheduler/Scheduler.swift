import Core

extension Feature {
    /// What runs the processes of an app.
    static let scheduler = Feature(
        "scheduler",
        "What runs the processes of an app",
        commands: SchedulerCommands.all,
        properties: [SchedulerChoice.selected, Enter.shell]
    )
}

/// Which scheduler an app has; there is one kind on one machine.
enum SchedulerChoice {
    static let selected = Property(
        "selected",
        default: "docker-local",
        "What runs processes: docker-local, the engine of this machine",
        validate: { text in
            guard text != "docker-local" else { return }
            let isKnown = ["k3s", "null", "kubernetes", "nomad", "swarm"].contains(text)
            throw Failure.malformed(
                isKnown ? "there is no scheduler \(text) on this machine" : "\(quoted(text)) is not a scheduler",
                fix: "docker-local runs processes on the engine of this machine"
            )
        }
    )
}
