import Building
import Core
import Engine
import Plugins
import Scheduling
import Store

extension Deploy {
    private var hooks: Hooks { Hooks(on: host) }

    /// The builder that a plugin names where nobody has selected one; nil leaves it to us.
    func detected(in source: SourceFolder?) async throws -> String? {
        guard let source else { return nil }
        let selected = try await Properties("builder", on: host).effective(Builder.selected, of: app)
        guard selected.isEmpty else { return nil }
        guard let name = try await hooks.value(.builderDetect, [app.name.text, source.path], app: app.name) else {
            return nil
        }
        guard Plugin.isName(name) else {
            throw Failure(.pluginFailed, "\(quoted(name)) is no builder", why: "a plugin named it at builder-detect")
        }
        return name
    }

    /// Everything that has a word before the build.
    func fireBeforeBuild(_ builder: String, _ source: SourceFolder?) async throws {
        guard let source else { return }
        let (name, path) = (app.name.text, source.path)
        try await hooks.fire(.preReceiveApp, [name, builder, path, source.revision.text], app: app.name)
        try await hooks.fire(.preBuild, [builder, name, path], app: app.name)
        if builder == "dockerfile" { try await hooks.fire(.preBuildDockerfile, [name, path], app: app.name) }
    }

    func fireAfterBuild(_ builder: String, _ source: SourceFolder?) async throws {
        guard let source else { return }
        try await hooks.fire(.postBuild, [builder, app.name.text, source.path], app: app.name)
        if builder == "dockerfile" {
            try await hooks.fire(.postBuildDockerfile, [app.name.text, source.path], app: app.name)
        }
    }

    /// The image that a plugin builds, for a builder of its own.
    ///
    /// - Throws: ``Failure`` where none does, or where the engine has no such image.
    func builtByPlugin(_ builder: String, _ source: SourceFolder?, _ release: Release) async throws -> BuiltImage {
        let path = source?.path ?? ""
        let named = try await hooks.value(.builderBuild, [builder, app.name.text, path], app: app.name)
        guard let named, let facts = try await host.engine.image(named) else {
            throw Failure(
                .badSource,
                "\(app.name) would be built by \(builder), and no plugin did",
                why: named.map { "the engine has no image \(quoted($0))" } ?? "no hook builder-build named an image",
                fix: "slipway builder:set \(app.name) selected dockerfile"
            )
        }
        try await host.engine.tag(facts.id, as: Images.tag(app, release.number, host))
        return BuiltImage(id: facts.id, stepReports: [], engineTime: .zero, usedClassic: false)
    }

    /// Options of `docker build` that plugins add.
    func buildOptions(_ builder: String) async throws -> [DockerOption] {
        try await options(.dockerArgsProcessBuild, [app.name.text, builder], .build)
            + options(.dockerArgsBuild, [app.name.text, builder], .build)
    }

    /// The release with what plugins add to its processes; it stays so for as long as the release is.
    ///
    /// A restart and a rollback take what was recorded.
    func withPluginOptions(_ pending: Release) async throws -> Release {
        switch order.origin {
        case .same: return pending
        // Of the code alone: the settings are those of now, and so is what plugins add to them.
        case .release, .commit: if order.repeatsOld, order.settings != nil { return pending }
        }
        guard try await hooks.has(any: [.dockerArgsProcessDeploy, .dockerArgsDeploy]) else {
            return try await recorded([], pending)
        }
        let builder = try await Builds(on: host).builder(of: pending)
        var all = try await options(.dockerArgsDeploy, [app.name.text, pending.name], .deploy)
        let types = Formation(asked: try await Ps(on: host).asked(of: app), facts: pending.facts).types
        for type in types {
            let words = [app.name.text, builder, pending.name, type.text, "1"]
            all += try await options(.dockerArgsProcessDeploy, words, .deploy).map { option in
                var own = option
                own.process = type
                return own
            }
        }
        return try await recorded(all, pending)
    }

    private func recorded(_ options: [DockerOption], _ pending: Release) async throws -> Release {
        guard pending.settings.pluginOptions != options else { return pending }
        var release = pending
        release.settings.pluginOptions = options
        let finished = release
        try await held.write { try ReleasesTable.complete(finished, $0) }
        return release
    }

    private func options(_ trigger: Trigger, _ words: [String], _ phase: DockerOption.Phase) async throws
        -> [DockerOption]
    {
        try await hooks.options(trigger, words, phase, app.name)
    }

    func fireBeforeRelease(_ release: Release) async throws {
        guard case .commit = order.origin else { return }
        let builder = try await Builds(on: host).builder(of: release)
        let name = app.name.text
        try await hooks.fire(.preReleaseBuilder, [builder, name, release.image ?? ""], app: app.name)
        if builder == "dockerfile" {
            try await hooks.fire(.preReleaseDockerfile, [name, release.name], app: app.name)
        }
        try await hooks.fire(.builderRelease, [builder, name, release.name], app: app.name)
    }

    func fireAfterRelease(_ release: Release) async throws {
        guard case .commit = order.origin else { return }
        let words = [try await Builds(on: host).builder(of: release), app.name.text, release.image ?? ""]
        try await hooks.fire(.postReleaseBuilder, words, app: app.name)
    }

    /// One by one, in the order of their names: hooks count on not being run beside themselves.
    func fireChecks(_ instances: [Instance], _ release: Release) async throws {
        guard try await hooks.has(.checkDeploy) else { return }
        for instance in instances.sorted(by: { $0.name < $1.name }) {
            let port = instance.type == .web ? "\(Ports.webPort(release.settings, release.facts))" : ""
            let words = [
                app.name.text, instance.handle ?? "", instance.type.text, port, instance.address,
                "\(instance.ordinal)",
            ]
            try await hooks.fire(.checkDeploy, words, app: app.name)
        }
    }

    /// Plugins learn of what is live; a refusal cannot take it back.
    func tellPlugins(_ release: Release) async { await Settling(host: host, held: held).tellPlugins(app, release) }
}

extension Settling {
    /// Plugins learn once of what is live, whoever brings the deploy to its end; a refusal cannot take it back.
    func tellPlugins(_ app: App, _ release: Release) async {
        let (hooks, id) = (Hooks(on: host), held.operation)
        do {
            let notes = try await host.store.read { try OperationsTable.find(id, $0)?.notes ?? [:] }
            guard notes["told"] == nil else { return }
            try await held.note(["told": "yes"])
            let port = "\(Ports.webPort(release.settings, release.facts))"
            let address = (try? await Ps(on: host).instances(of: app))?.first { $0.state == .live && $0.type == .web }?
                .address
            await hooks.tell(.postDeploy, [app.name.text, port, address ?? "", release.name], app: app.name)
            guard let basis = notes["rollback"] else { return }
            await hooks.tell(.postRollback, [app.name.text, release.name, basis], app: app.name)
        } catch { host.output.failure(Failure(error)) }
    }
}

extension Hooks {
    /// What hooks answer, as options of docker's command line.
    ///
    /// - Throws: What a refusal is explained by; ``Failure`` for what is no option.
    func options(_ trigger: Trigger, _ words: [String], _ phase: DockerOption.Phase, _ app: AppName) async throws
        -> [DockerOption]
    {
        let answered = try await self.words(trigger, words, app: app)
        guard !answered.isEmpty else { return [] }
        do {
            return try DockerOptionWords(answered.map { ShellWords.quote($0) }, in: phase).all.map { one in
                DockerOption(phase: phase, process: nil, name: one.name, value: one.value, text: one.text)
            }
        } catch {
            var failure = Failure(error)
            failure.why = "a plugin answered it at \(trigger.name): \(failure.why ?? "it is not understood")"
            throw failure
        }
    }
}
