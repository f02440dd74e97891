import Core
import Engine
import Files
import Plugins
import Scheduling
import SystemPackage
import Terminals

extension Feature {
    /// Programs beside the instances of an app.
    static let run = Feature("run", "Programs beside the instances of an app", commands: RunCommands.all)
}

/// What can be asked of programs that run beside the instances: in the current release's image, with its settings.
struct Run: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    /// Runs a program joined to `near` until it ends; nothing is left of it.
    ///
    /// - Returns: Its own exit status, or 137 when it was ended because the person left or the time was over.
    func attended(_ wish: RunWish, near: Terminal) async throws -> Int32 {
        let isTerminal = wish.terminal == .always || wish.terminal == .asOurs && near.isTerminal
        var workload = try await workload(for: wish, attendant: .this)
        workload.terminal = isTerminal
        workload.terminalSize = isTerminal ? near.size : nil
        workload.openInput = true
        if isTerminal, let type = Environment.value("TERM") { workload.environment["TERM"] = type }
        var attendance = Attendance(near: near, isTerminal: isTerminal, limit: wish.limit, clock: host.time.clock)
        let (output, words) = (host.output, wish.limit?.words ?? "")
        attendance.expired = { output.warn("ended after \(words): --ttl-seconds is over") }
        let (scheduler, made) = (host.scheduler, workload)
        return try await attendance.attend { try await admitted(wish) { try await scheduler.attend(made) } }
    }

    /// Starts a program that nobody attends.
    ///
    /// - Returns: The name of its container, which removes itself.
    func detached(_ wish: RunWish) async throws -> String {
        var workload = try await workload(for: wish, attendant: nil)
        workload.terminal = wish.terminal == .always
        let made = workload
        return try await admitted(wish) {
            let handle = try await host.scheduler.create(made)
            do { try await host.scheduler.start(handle) } catch {
                try? await host.scheduler.remove(handle)
                throw error
            }
            return made.name
        }
    }

    /// Starts a task of cron when its policy lets it: two that are due at once are not both let in.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/busy`` when it runs still and may not run twice.
    private func admitted<Value: Sendable>(
        _ wish: RunWish,
        _ start: () async throws -> Value
    ) async throws -> Value {
        guard let id = wish.cronID, wish.overlap != .allow else { return try await start() }
        let app = try await Apps(on: host).find(wish.app)
        let path = host.paths.locks.appending("cron-\(app.id)-\(id)")
        guard let lock = try FileLock.tryTake(path) else { throw Self.runsStill(id, app, since: nil) }
        defer { lock.release() }
        for program in try await list(app) where program.cronID == id && program.isRunning {
            guard wish.overlap == .replace else { throw Self.runsStill(id, app, since: program.createdAt) }
            host.output.detail("\(program.name) runs still and is ended")
            try await stop(program)
        }
        return try await start()
    }

    private static func runsStill(_ id: String, _ app: App, since start: Timestamp?) -> Failure {
        Failure(
            .busy,
            "the task \(id) of \(app.name) runs still",
            why: "its concurrency policy is forbid" + (start.map { ", and it was started at \($0.text)" } ?? ""),
            fix: "slipway run:list \(app.name) shows it, run:stop ends it"
        )
    }

    func workload(for wish: RunWish, attendant: Owner?) async throws -> Workload {
        let app = try await Apps(on: host).find(wish.app)
        guard var release = try await Releases(on: host).current(of: app) else { throw Failure.notDeployed(app) }
        try await Registries(on: host).recover(release, app)
        release.settings.pluginOptions += try await pluginOptions(release, app)
        let number = "\((Int(host.newID().suffix(6), radix: 32) ?? 0) % 1_000_000)"
        let name = "\(wish.type).\(number)"
        let (type, title) = (try ProcessType(wish.type), "\(app.name).\(name)")
        var workload = try await Ps(on: host).base(app, release, type: type, name: title)
        workload.hostname = "\(wish.type)-\(number)"
        for (key, value) in wish.environment { workload.environment[key.text] = value }
        workload.command = command(wish.words, release, workload.environment)
        workload.environment["DYNO"] = name
        workload.environment["SLIPWAY_PROCESS"] = name
        workload.labels.merge(wish.labels) { $1 }
        workload.labels["com.dokku.dyno"] = name
        workload.labels["com.dokku.container-type"] = wish.type
        if let id = wish.cronID {
            workload.labels[OneOff.cronLabel] = id
            workload.labels["com.dokku.concurrency-policy"] = wish.overlap.rawValue
        }
        let more = OneOff.labels(wish.words, from: host.time.now(), limit: wish.limit, attendant: attendant)
        workload.labels.merge(more) { $1 }
        workload.restartPolicy = "no"
        workload.removesItself = true
        return workload
    }

    /// What plugins add for a one-off program.
    private func pluginOptions(_ release: Release, _ app: App) async throws -> [DockerOption] {
        let hooks = Hooks(on: host)
        guard try await hooks.has(any: [.dockerArgsProcessRun, .dockerArgsRun]) else { return [] }
        let builder = try await Builds(on: host).builder(of: release)
        return try await hooks.options(.dockerArgsRun, [app.name.text, release.name], .run, app.name)
            + hooks.options(.dockerArgsProcessRun, [app.name.text, builder, release.name], .run, app.name)
    }

    /// A word that is a process type of the release stands for its Procfile line.
    private func command(_ words: [String], _ release: Release, _ environment: [String: String]) -> [String] {
        guard words.count == 1, let type = try? ProcessType(words[0]),
            let line = release.facts.procfile.commands[type]
        else { return words }
        return ProcessCommand.words(line, environment: environment)
    }
}

// MARK: What runs

extension Run {
    /// Those of an app, or all of the host, oldest first.
    func list(_ app: App?) async throws -> [OneOff] {
        var labels = OneOff.kind
        if let app { labels[Engine.appLabel] = app.id.text }
        return try await host.scheduler.list(labels: labels).map(OneOff.init).sorted { $0.createdAt < $1.createdAt }
    }

    /// All of an app, or the one of this name or of an id that begins so.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/notFound`` when a container is named and it is none of ours.
    func find(_ targets: RunTargets) async throws -> [OneOff] {
        switch targets {
        case .app(let name): return try await list(try await Apps(on: host).find(name))
        case .container(let name):
            let all = try await list(nil).filter { $0.name == name || name.count >= 6 && $0.handle.hasPrefix(name) }
            guard !all.isEmpty else {
                throw Failure(.notFound, "no container \(quoted(name)) was made by run", fix: "slipway run:list APP")
            }
            return all
        }
    }

    /// Asks it to end and forces it after ten seconds.
    func stop(_ program: OneOff) async throws {
        try await host.scheduler.stop(program.handle, grace: .seconds(10))
        try await host.scheduler.remove(program.handle)
    }

    /// Ends those whose time is over or whose attending process is dead; what cannot be ended is said.
    ///
    /// - Returns: Those that were ended.
    func retire(_ app: App?) async throws -> [OneOff] {
        let now = host.time.now()
        var ended: [OneOff] = []
        for program in try await list(app) where program.isOver(at: now) {
            do {
                try await stop(program)
                ended.append(program)
            } catch {
                host.output.warn("\(program.name) is not ended: \(try Failure(ofOneOfMany: error))")
            }
        }
        return ended
    }
}

/// Which of the programs that run.
enum RunTargets: Sendable, Equatable {
    case app(AppName)
    case container(String)
}
