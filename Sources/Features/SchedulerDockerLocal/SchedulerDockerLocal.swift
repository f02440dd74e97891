import Core
import Store

extension Feature {
    /// How the engine of this machine runs processes.
    static let schedulerDockerLocal = Feature(
        "scheduler-docker-local",
        "How the engine of this machine runs processes",
        commands: SchedulerDockerLocalCommands.all,
        properties: [SchedulerDockerLocal.initProcess, SchedulerDockerLocal.parallel],
        collect: { settings, app, host in
            let property = SchedulerDockerLocal.initProcess
            let value = try await Properties("scheduler-docker-local", on: host).effective(property, of: app)
            settings.options["scheduler-docker-local.\(property.name)"] = value
        },
        restore: { settings, app, database in
            let properties = [SchedulerDockerLocal.initProcess]
            try PropertiesTable.restore(
                properties,
                of: "scheduler-docker-local",
                app.id,
                to: settings.options,
                database
            )
        }
    )
}

/// What can be said of it.
enum SchedulerDockerLocal {
    static let initProcess = Property(
        "init-process",
        default: "true",
        "A small init as process 1 that reaps children and passes signals on",
        validate: Allowed.boolean
    )
    /// How a release comes up is no part of it.
    static let parallel = Property(
        "parallel-schedule-count",
        default: "-1",
        "How many process types of a release start side by side, web first; -1 is all",
        validate: { text in
            guard let number = Int(text), number == -1 || (1...1000).contains(number) else {
                throw Failure.malformed("\(quoted(text)) is not a number from 1 to 1000", fix: "or -1 for all types")
            }
        }
    )

    static func usesInit(_ settings: Settings) -> Bool {
        settings.options["scheduler-docker-local.\(initProcess.name)"] != "false"
    }

    /// How many types start side by side; nil is all.
    static func typesAtOnce(_ app: App, _ host: Host) async throws -> Int? {
        let text = try await Properties("scheduler-docker-local", on: host).effective(parallel, of: app)
        return Int(text).flatMap { $0 > 0 ? $0 : nil }
    }
}

extension Batch {
    /// The same plan, a few types after the other.
    ///
    /// What must end first comes last all the same.
    static func plan(
        _ slots: [Slot],
        typesAtOnce: Int?,
        atOnce: Int?,
        most: [ProcessType: Int],
        endingFirst: Set<ProcessType>
    ) -> [Batch] {
        let all = slots.map(\.type).reduce(into: [ProcessType]()) { if !$0.contains($1) { $0.append($1) } }
        let types = all.filter { !endingFirst.contains($0) }
        guard let typesAtOnce, types.count > typesAtOnce else {
            return plan(slots, atOnce: atOnce, most: most, endingFirst: endingFirst)
        }
        var result: [Batch] = []
        for start in stride(from: 0, to: types.count, by: typesAtOnce) {
            let group = types[start..<min(start + typesAtOnce, types.count)]
            result += plan(slots.filter { group.contains($0.type) }, atOnce: atOnce, most: most)
        }
        if !endingFirst.isEmpty {
            let late = slots.filter { endingFirst.contains($0.type) }
            result += plan(late, atOnce: atOnce, most: most, endingFirst: endingFirst)
        }
        for index in result.indices { (result[index].number, result[index].total) = (index + 1, result.count) }
        return result
    }
}
