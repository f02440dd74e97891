import ArgumentParser
import Core

enum OperationsCommands {
    static let all: [any HostCommand.Type] = [
        OperationsList.self, OperationsInfo.self, OperationsResume.self, TickCommand.self,
    ]
}

struct OperationsList: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "operations:list",
        "The journal of changes: what runs, then the latest",
        examples: ["operations shop", "operations:list --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .list(ShownOperation.shape)
    @OptionGroup var format: FormatOptions
    @Argument(help: "App to look at; all of them without it") var app: AppName?

    func run(on host: Host) async throws {
        let apps = Apps(on: host)
        let found: App?
        if let app { found = try await apps.find(app) } else { found = nil }
        let names = try await ShownOperation.Names(on: host)
        let recent = try await Operations(on: host).recent(of: found)
        let shown = recent.map { ShownOperation($0, names) }
        if format.wantsJSON { return try host.output.answer(json: shown) }
        if shown.isEmpty { return host.output.warn("nothing was changed yet") }
        host.output.title("Operations")
        let now = host.time.now()
        let head = ["ID", "App", "Kind", "Step", "State", "Since", "By", "What"]
        let rows = zip(recent, shown).map { operation, one in
            [
                "\(one.id)", one.about, one.kind, one.step ?? "", one.state, operation.startedAt.age(at: now), one.by,
                one.summary,
            ]
        }
        host.output.answer(lines: table([head] + rows))
    }
}

struct OperationsInfo: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "operations:info",
        "One change: its steps, its owner, and what becomes of it when the owner dies",
        examples: ["operations:info 12", "operations:info 12 --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = ShownOperation.shape
    @OptionGroup var format: FormatOptions
    @Argument(help: "Number of the operation") var id: Int64

    func run(on host: Host) async throws {
        let operation = try await Operations(on: host).find(id)
        let shown = ShownOperation(operation, try await ShownOperation.Names(on: host))
        if format.wantsJSON { return try host.output.answer(json: shown) }
        host.output.answer("=====> operation \(operation.id)")
        for (label, value) in facts(shown) { host.output.answer("       \("\(label):".padded(to: 31))\(value)") }
        let rows = shown.steps.map { ["      ", $0.name, $0.state, $0.orphaned] }
        if !rows.isEmpty { host.output.answer(lines: table(rows)) }
    }

    private func facts(_ shown: ShownOperation) -> [(String, String)] {
        let notes = shown.notes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return [
            (shown.service == nil ? "App" : "Service", shown.about), ("Kind", shown.kind), ("What", shown.summary),
            ("By", shown.by), ("State", shown.state), ("Since", shown.startedAt), ("Ended at", shown.endedAt ?? ""),
            ("Owner", shown.owner), ("If its owner dies", shown.fate ?? ""),
            ("Failure", shown.failure ?? ""), ("Notes", notes.joined(separator: " ")),
        ]
    }
}

struct OperationsResume: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "operations:resume",
        "Finish or undo what was left by a process that died",
        examples: ["operations:resume", "operations:resume 12 --force"],
        details: "An operation whose owner lives is left alone, and its owner is named. --force ends the\n"
            + "owner's process first: for one that is frozen and lets nobody else at the app."
    )
    static let permission = Permission.change
    /// Of one operation the object alone.
    static let answers: JSONShape? = .list(ShownOperation.shape)
    @OptionGroup var format: FormatOptions
    @Flag(help: "End the owner's process first") var force = false
    @Argument(help: "Number of the operation; every one without an owner without it") var id: Int64?

    func run(on host: Host) async throws {
        let operations = Operations(on: host)
        guard let id else {
            guard !force else {
                throw Failure(.usage, "--force needs the number of an operation", fix: "slipway operations shows it")
            }
            return try await resumeAll(operations, host)
        }
        let before = try await operations.find(id)
        let after = try await operations.resume(id, isForced: force)
        if format.wantsJSON {
            return try host.output.answer(json: ShownOperation(after, try await ShownOperation.Names(on: host)))
        }
        let isNew = before.status == .running
        host.output.step("Operation \(id) \(isNew ? "is now" : "was already") \(after.status.rawValue)")
    }

    private func resumeAll(_ operations: Operations, _ host: Host) async throws {
        let before = try await operations.running()
        _ = try await operations.settleAllOrphans()
        let names = try await ShownOperation.Names(on: host)
        var ended: [ShownOperation] = []
        for old in before {
            let now = try await operations.find(old.id)
            if now.status != .running {
                ended.append(ShownOperation(now, names))
                host.output.step("Operation \(now.id) (\(now.summary)) is now \(now.status.rawValue)")
            } else if now.owner.isAlive, now.owner != .this {
                host.output.detail("operation \(now.id) (\(now.summary)) is worked on by process \(now.owner.process)")
            }
        }
        if format.wantsJSON { return try host.output.answer(json: ended) }
        if ended.isEmpty { host.output.step("No operation was left by its owner") }
    }
}

/// Called every minute by a timer or by cron; not typed by people.
struct TickCommand: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "tick",
        "What needs a clock where no daemon runs",
        examples: ["tick", "tick --tidy"],
        isShown: false
    )
    static let permission = Permission.administer
    @Flag(help: "Also what is done once a day") var tidy = false

    func run(on host: Host) async throws { try await Tick(on: host).run(isTidying: tidy) }
}
