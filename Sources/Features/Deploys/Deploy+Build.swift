import Building
import Core
import Files
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
        let snapshot = try await host.repositories.snapshot(
            of: revision, folder: try await builder.folder(of: app), in: app.id)
        release.facts = try await builder.facts(of: snapshot, app)
        release.settings.config = try builder.configuration(release, host.newID)
        let record = Build(
            id: host.newID(), app: app.id, release: release.number, status: .running, source: order.source,
            revision: revision, caller: host.caller.name, startedAt: host.time.now())
        release.build = record.id
        let noted = release
        try await held.write { database in
            try BuildsTable.insert(record, database)
            try ReleasesTable.complete(noted, database)
        }
        let image = try await make(release, record, builder.source(snapshot))
        release.image = image.id
        release.facts.exposed = try await Images(on: host).exposedPorts(of: image.id)
        let (finished, now) = (release, host.time.now())
        try await held.write { database in
            try BuildsTable.end(record.id, .succeeded, image: image.id, at: now, database)
            try ReleasesTable.complete(finished, database)
        }
        return release
    }

    private func make(_ release: Release, _ record: Build, _ source: SourceTree) async throws -> BuiltImage {
        let began = host.time.uptime()
        let request = try await Builder(on: host).request(for: app, release)
        let log = BuildLog(path: host.paths.logs(of: app.id).appending("build-\(record.id).log"))
        let maker = try await host.builders.pick(named: nil, for: source)
        let folded = Mutex<[BuildStepReport]>([])
        let image = try await maker.build(request, source) { progress in
            switch progress {
            case .stepFinished(let step): folded.withLock { $0.append(step) }
            case .log(_, let line): log.add(line)
            case .note(let note): transcript.output.detail(note)
            case .started: break
            }
        }
        log.close()
        transcript.built(steps: image.steps, cached: image.cached, kind: "Dockerfile")
        let slow = folded.withLock { $0 }.filter { !$0.cached && $0.duration >= .milliseconds(500) }
        for step in slow.suffix(15) { transcript.buildStep(step.name, took: step.duration) }
        let sizes = try await Images(on: host).sizes(image.id, before: app)
        transcript.image(sizes.now, before: sizes.before, took: (host.time.uptime() - began))
        return image
    }

    /// Runs the `release` line of the Procfile once, in the new image, before anything starts.
    func runReleaseCommand(_ release: Release) async throws -> Release {
        guard let command = release.facts.procfile.commands[.release] else { return release }
        let began = host.time.uptime()
        var workload = try Ps(on: host).base(
            app, release, type: .release, name: "\(app.name).release.\(host.newID().suffix(10))")
        workload.command = ProcessCommand.words(command, environment: workload.environment)
        workload.labels["slipway.operation"] = "\(held.operation)"
        workload.restartPolicy = "no"
        let handle = try await host.scheduler.create(workload)
        do {
            try await host.scheduler.start(handle)
            let code = try await host.scheduler.wait(for: handle)
            guard code == 0 else { throw await failed(command, handle, code, release) }
        } catch {
            // The container goes even when the work was cancelled: an undo looks for it by its label.
            throw error
        }
        try await host.scheduler.remove(handle)
        transcript.released(command, took: (host.time.uptime() - began))
        return release
    }

    private func failed(_ command: String, _ handle: String, _ code: Int, _ release: Release) async -> Failure {
        let lines = (try? await host.scheduler.lastLines(20, of: handle)) ?? []
        let all = host.settings.command("logs \(app.name) --release \(release.name)")
        return Failure(
            .releaseCommandFailed, "the release command failed: \(quoted(command))",
            why: Explanation.words(code, ""), fix: "mend it and push again; nothing was started",
            excerpt: .init(title: "its last lines (all: \(all)):", lines: lines.map { String($0.text.prefix(80)) }))
    }
}

/// The whole log of a build, line by line, capped.
final class BuildLog: Sendable {
    static let limit = 10 << 20
    private let path: FilePath
    private let state = Mutex<(bytes: [UInt8], written: Int)>(([], 0))

    init(path: FilePath) {
        self.path = path
        try? makeFolder(path.removingLastComponent())
    }

    func add(_ line: String) {
        state.withLock { state in
            guard state.written < Self.limit else { return }
            state.bytes += Array((cleaned(line) + "\n").utf8)
            if state.bytes.count > 16 << 10 { flush(&state) }
        }
    }

    func close() { state.withLock { flush(&$0) } }

    deinit { close() }

    /// A log that cannot be written must not fail a build.
    private func flush(_ state: inout (bytes: [UInt8], written: Int)) {
        try? appendToFile(path, state.bytes)
        state.written += state.bytes.count
        state.bytes = []
    }
}
