import Building
import Core
import Engine
import Files
import Plugins
import Repositories
import Scheduling
import Store
import Synchronization
import SystemPackage

extension Deploy {
    /// Builds the commit and writes down what it says of itself.
    func build(_ revision: Revision, for pending: Release) async throws -> Release {
        var release = pending
        let builder = Builder(on: host)
        let source = try await SourceFolder.open(revision, of: app, on: host)
        defer { source?.close() }
        // Without it nothing has been changed yet.
        var extracted = revision
        if let source, try await Hooks(on: host).has(.postExtract) {
            try await Hooks(on: host).fire(.postExtract, [app.name.text, source.path, revision.text], app: app.name)
            extracted = try await source.current()
        }
        var snapshot = try await snapshot(of: extracted)
        let named = try await detected(in: source)
        let choice = try await builder.pick(for: snapshot, app, release.settings.environment, named: named)
        release.facts = try await builder.facts(of: snapshot, app)
        try await Nginx(on: host).rehearse(release, of: app)
        release.settings.config = try builder.configuration(release, host.newID)
        // What app.json adds belongs to the app from now on, as if it had been set by hand.
        if release.settings.config != pending.settings.config {
            try await held.note(["draft": "yes", "found": try DraftChange.text(of: pending.settings)])
        }
        let record = Build(
            id: host.newID(),
            app: app.id,
            release: release.number,
            status: .running,
            source: order.source,
            revision: revision,
            caller: host.caller.name,
            startedAt: host.time.now(),
            builder: choice.name
        )
        release.build = record.id
        let noted = release
        try await held.write { database in
            try BuildsTable.insert(record, database)
            try ReleasesTable.complete(noted, database)
        }
        if let source {
            try await fireBeforeBuild(choice.name, source)
            snapshot = try await self.snapshot(of: source.current())
        }
        let history = try await History.wanted(by: app, revision, branch: order.branch, on: host)
        defer { history?.close() }
        let image =
            choice.isPlugins
            ? try await builtByPlugin(choice.name, source, release)
            : try await make(release, record, builder.source(snapshot, with: history))
        try await fireAfterBuild(choice.name, source)
        release.image = image.id
        release.digest = try await host.engine.image(image.id)?.digests.first ?? order.digest
        release.facts.exposed = try await Images(on: host).exposedPorts(of: image.id)
        let (finished, now) = (release, host.time.now())
        try await held.write { database in
            try BuildsTable.end(record.id, .succeeded, image: image.id, at: now, database)
            try ReleasesTable.complete(finished, database)
        }
        try await Repo(on: host).hasBuilt(app)
        return release
    }

    private func snapshot(of revision: Revision) async throws -> Snapshot {
        try await host.repositories.snapshot(
            of: revision,
            folder: try await Builder(on: host).folder(of: app),
            in: app.id
        )
    }

    private func make(_ release: Release, _ record: Build, _ source: SourceTree) async throws -> BuiltImage {
        let began = host.time.uptime()
        let added = try await buildOptions(record.builder ?? "dockerfile")
        var request = try await Builder(on: host).request(for: app, release, adding: added)
        let registry = Registries(on: host)
        request.logins = try await registry.logins(for: app)
        try await registry.fetchBases(of: source, dockerfile: request.dockerfile, for: app)
        let log = BuildLog(path: host.paths.logs(of: app.id).appending("build-\(record.id).log"))
        let maker = try await host.builders.pick(named: nil, for: source)
        let folded = Mutex<[BuildStepReport]>([])
        let image: BuiltImage
        do {
            defer { log.close() }
            image = try await maker.build(request, source) { progress in
                switch progress {
                case .stepFinished(let step): folded.withLock { $0.append(step) }
                case .log(_, let line): log.add(line)
                case .note(let note): transcript.output.detail(note)
                case .started: break
                }
            }
        } catch { throw pointed(error, at: release) }
        transcript.built(steps: image.steps, cached: image.cached, kind: "Dockerfile")
        let slow = folded.withLock { $0 }.filter { !$0.cached && $0.duration >= .milliseconds(500) }
        for step in slow.suffix(15) { transcript.buildStep(step.name, took: step.duration) }
        let sizes = try await Images(on: host).sizes(image.id, before: app)
        transcript.image(sizes.now, before: sizes.before, took: (host.time.uptime() - began))
        return image
    }

    /// A failed build with the command that shows all it said.
    private func pointed(_ error: any Error, at release: Release) -> any Error {
        if error is CancellationError { return error }
        var failure = Failure(error)
        guard let excerpt = failure.excerpt else { return failure }
        let all = host.settings.command("logs \(app.name) --release \(release.name)")
        failure.excerpt = .init(title: "its last lines (all: \(all)):", lines: excerpt.lines)
        return failure
    }
}
