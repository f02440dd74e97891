import Building
import Core
import Scheduling
import Store

extension Feature {
    /// Options of the engine's command line, for builds, processes and one-off programs.
    static let dockerOptions = Feature(
        "docker-options",
        "Options of docker for builds, processes and run",
        commands: DockerOptionsCommands.all,
        migrations: DockerOptionsTable.migrations,
        collect: { settings, app, host in settings.dockerOptions = try await DockerOptions(on: host).all(of: app) },
        restore: { settings, app, database in
            try DockerOptionsTable.replace(app.id, with: settings.dockerOptions, database)
        },
        report: { app, source in
            guard let app else { return [] }
            return DockerOptions.report(try DockerOptionsTable.all(of: app.id, source.database)).map {
                ReportLine($0.key, $0.options.map(\.text).joined(separator: " "))
            }
        }
    )
}

/// What can be done with options; they are part of the draft and take effect with the next release.
struct DockerOptions: Sendable {
    /// The engine's restart policy is a property of processes.
    static let restart = "--restart"

    let host: Host

    init(on host: Host) { self.host = host }

    /// In their order.
    func all(of app: App) async throws -> [DockerOption] {
        try await host.store.read { try DockerOptionsTable.all(of: app.id, $0) }
    }

    /// Adds options; one that is there in another spelling stays as it is.
    ///
    /// - Returns: Those that are new.
    /// - Throws: ``Failure`` before anything is changed: for what is not understood, and for what no app may have.
    func add(_ options: [DockerOption], to app: App) async throws -> [DockerOption] {
        for option in options { try check(option, app) }
        return try await change(app, "docker-options:add") { present in
            var new: [DockerOption] = []
            for option in options where !(present + new).contains(where: option.isSame) { new.append(option) }
            present += new
            return new
        }
    }

    /// Takes options away, in whatever spelling; what is not there is no error.
    ///
    /// - Returns: Those that are gone.
    func remove(_ options: [DockerOption], from app: App) async throws -> [DockerOption] {
        try await change(app, "docker-options:remove") { present in
            let gone = present.filter { there in options.contains { $0.isSame(as: there) } }
            present.removeAll { gone.contains($0) }
            return gone
        }
    }

    /// Takes away all of some phases; with `processes` only what is those types' own.
    ///
    /// - Returns: Those that are gone.
    func clear(_ phases: [DockerOption.Phase], _ processes: [ProcessType], of app: App) async throws -> [DockerOption] {
        try await change(app, "docker-options:clear") { present in
            let gone = present.filter { option in
                phases.contains(option.phase)
                    && (processes.isEmpty || option.process.map { processes.contains($0) } ?? false)
            }
            present.removeAll { gone.contains($0) }
            return gone
        }
    }

    private func change(
        _ app: App,
        _ verb: String,
        _ edit: @escaping @Sendable (inout [DockerOption]) -> [DockerOption]
    ) async throws -> [DockerOption] {
        let (now, caller) = (host.time.now(), host.caller.name)
        return try await host.store.write { database in
            var all = try DockerOptionsTable.all(of: app.id, database)
            let changed = edit(&all)
            guard !changed.isEmpty else { return [] }
            try DockerOptionsTable.replace(app.id, with: all, database)
            let detail = changed.map { option in
                "\(option.phase.rawValue)\(option.process.map { ".\($0)" } ?? "") \(option.masked)"
            }.joined(separator: ", ")
            try HostTable.record(Event(at: now, app: app, caller: caller, name: verb, detail: detail), database)
            return changed
        }
    }

    /// What the engine would refuse at the next deploy is refused here, as far as it can be known.
    private func check(_ option: DockerOption, _ app: App) throws {
        guard let flag = DockerFlag.named(option.name, in: option.phase) else { return }
        if option.phase == .build {
            var build = DockerBuild(BuildRequest(tag: ""), variables: [:])
            return try flag.apply(option.value, to: &build)
        }
        if option.name == Self.restart, option.phase == .run {
            throw Failure(.notAllowed, "--restart is not for run", why: "a one-off program ends when it has ended")
        }
        let place = DockerPlace(app: app, settings: host.settings, type: .web, tld: "")
        var workload = Workload(name: "", image: "", hostname: "")
        try flag.apply(option.value, to: &workload, place)
        for mount in workload.mounts { try Storage(on: host).refuseOwnState(mount.source) }
    }

    /// Dokku's keys: `build`, `deploy`, `run`, and `deploy.web` for what is a process type's own.
    static func report(_ all: [DockerOption]) -> [(key: String, options: [DockerOption])] {
        let phases = DockerOption.Phase.allCases.map { phase in
            (phase.rawValue, all.filter { $0.phase == phase && $0.process == nil })
        }
        let own = Dictionary(grouping: all.filter { $0.process != nil }) { "deploy.\($0.process?.text ?? "")" }
        return phases + own.sorted { $0.key < $1.key }
    }
}

extension Settings {
    /// Changes a workload as the options of a phase say; a script runs once and needs no amounts and no ports.
    func apply(
        _ phase: DockerOption.Phase,
        to workload: inout Workload,
        _ place: DockerPlace,
        isScript: Bool = false
    ) throws {
        for option in dockerOptions + pluginOptions
        where option.phase == phase && (option.process == nil || option.process == place.type) {
            if isScript, DockerFlag.notForScripts.contains(option.name) { continue }
            try DockerFlag.named(option.name, in: phase)?.apply(option.value, to: &workload, place)
        }
    }

    /// A build as the options of its phase say.
    func applyBuildOptions(to request: BuildRequest) throws -> BuildRequest {
        var build = DockerBuild(request, variables: environment)
        for option in dockerOptions where option.phase == .build {
            try DockerFlag.named(option.name, in: .build)?.apply(option.value, to: &build)
        }
        return build.finished
    }

    /// A port of the host that instances of this type publish: two of them cannot have it at once.
    func hostPort(of type: ProcessType) -> UInt16? {
        for option in dockerOptions
        where option.name == "--publish" && option.phase == .deploy
            && (option.process == nil || option.process == type)
        {
            let ports = option.value.flatMap { try? DockerPorts($0).all } ?? []
            if let port = ports.compactMap(\.host).first { return port }
        }
        return nil
    }
}
