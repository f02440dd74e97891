import Core
import Engine
import Scheduling
import Terminals

extension Feature {
    /// Programs inside the instances of an app.
    static let enter = Feature("enter", "A shell inside an instance of an app", commands: EnterCommands.all)
}

/// What can be asked of the inside of an instance.
struct Enter: Sendable {
    /// What one enters with when no program is named, and what runs scripts of app.json; empty is the best shell there.
    static let shell = Property(
        "shell",
        default: "",
        "What enter runs when no command is named, and what runs the scripts of app.json",
        validate: { guard try !ShellWords.split($0).isEmpty else { throw Failure.malformed("it names no program") } }
    )

    let host: Host

    init(on host: Host) { self.host = host }

    /// Runs a program inside a live instance, joined to `near`.
    ///
    /// - Returns: Its own exit status, or 137 when it was ended because the person left.
    func attended(_ wish: EnterWish, near: Terminal) async throws -> Int32 {
        let app = try await Apps(on: host).find(wish.app)
        let handle = try await handle(wish.place, of: app)
        let command = wish.command.isEmpty ? try await defaultCommand(app, handle) : wish.command
        return try await attended(command, in: handle, near: near)
    }

    /// The same inside any container.
    func attended(_ command: [String], _ environment: [String: String] = [:], in handle: String, near: Terminal)
        async throws -> Int32
    {
        var program = EnteringProgram(command, terminal: near.isTerminal, environment: environment)
        program.terminalSize = program.terminal ? near.size : nil
        if program.terminal, let type = Environment.value("TERM") { program.environment["TERM"] = type }
        let (scheduler, made) = (host.scheduler, program)
        return try await Attendance(near: near, isTerminal: program.terminal, clock: host.time.clock)
            .attend { try await scheduler.enter(handle, made) }
    }

    /// The instance that was meant.
    ///
    /// - Throws: ``Failure`` that lists what there is, when it is none or more than one type.
    func handle(_ place: EnterWish.Place, of app: App) async throws -> String {
        guard app.current != nil else { throw Failure.notDeployed(app) }
        let live = try await Ps(on: host).live(of: app).filter { $0.handle != nil }
        let found: String?
        switch place {
        case .container(let id):
            // Programs of `run` count too, by id or by name.
            let all = try await host.scheduler.list(labels: [Engine.appLabel: app.id.text])
            found = all.first { $0.name == id || id.count >= 6 && $0.handle.hasPrefix(id) }?.handle
        case .named(let name):
            found = (live.first { $0.name == name } ?? live.first { $0.type.text == name })?.handle
        case .only:
            let types = Set(live.map(\.type))
            guard types.count < 2 else {
                throw Failure(
                    .usage,
                    "\(app.name) has several process types, and none was named",
                    why: "it runs \(types.sorted().map(\.text).joined(separator: ", "))",
                    fix: "slipway enter \(app.name) \(types.sorted().first?.text ?? "web")"
                )
            }
            found = live.first?.handle
        }
        guard let found else {
            let names = live.map(\.name).joined(separator: ", ")
            throw Failure(
                .notFound,
                "\(app.name) has no \(place.words)",
                why: live.isEmpty ? "nothing runs" : "it runs \(names)",
                fix: "slipway enter \(app.name) [TYPE|TYPE.NUMBER] -- COMMAND"
            )
        }
        return found
    }

    private func defaultCommand(_ app: App, _ handle: String) async throws -> [String] {
        let chosen = try await Properties("scheduler", on: host).effective(Self.shell, of: app)
        if !chosen.isEmpty { return try ShellWords.split(chosen) }
        let bash = ["/bin/bash", "-c", ":"]
        let hasBash = try await host.scheduler.execute(bash, in: handle, within: .seconds(10)) == 0
        return [hasBash ? "/bin/bash" : "/bin/sh"]
    }
}
