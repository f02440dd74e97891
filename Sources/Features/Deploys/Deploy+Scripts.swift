import Core
import Engine
import Files
import Scheduling
import Store
import SystemPackage

extension Deploy {
    /// Runs what the source wants to be run once in the new image, before anything starts: `predeploy`, whose result
    /// becomes the image, then the `release` line of the Procfile.
    func runReleaseCommand(_ pending: Release) async throws -> Release {
        var release = pending
        if let script = release.facts.appJSON.scripts.predeploy {
            release.image = try await predeploy(script, release)
            let finished = release
            try await held.write { try ReleasesTable.complete(finished, $0) }
        }
        guard let command = release.facts.procfile.commands[.release] else { return release }
        let began = host.time.uptime()
        let words = ProcessCommand.words(command, environment: release.settings.environment)
        let (handle, code) = try await runOnce(words, release, "release")
        guard code == 0 else {
            throw await failed("the release command failed: \(quoted(command))", handle, code, release)
        }
        try await host.scheduler.remove(handle)
        transcript.released(command, took: host.time.uptime() - began)
        return release
    }

    /// Sends the image to the app's registry, where that is wanted: what cannot be pushed is not started.
    func pushed(_ pending: Release) async throws -> Release {
        let (app, held) = (app, held)
        var release = pending
        let reference = try await RegistryPush(of: app, on: host).run(pending) { reference, version in
            var pushed = pending
            pushed.digest = reference ?? pending.digest
            let finished = pushed
            try await held.write { database in
                try RegistryTable.recordPush(
                    of: finished.image ?? "",
                    as: reference,
                    version: version,
                    app.id,
                    database
                )
                try ReleasesTable.complete(finished, database)
            }
        }
        release.digest = reference ?? pending.digest
        return release
    }

    /// What `postdeploy` scripts do comes after the switch, so their failure cannot take the release back.
    func runPostdeploy(_ release: Release) async {
        guard case .commit = order.origin else { return }
        let scripts = release.facts.appJSON.scripts
        let isFirst = app.current == nil
        for script in [isFirst ? scripts.firstDeploy : nil, scripts.postdeploy].compactMap(\.self) {
            do {
                let (handle, code) = try await runOnce(try await words(script), release, "postdeploy")
                if code != 0 {
                    transcript.output.warn("postdeploy ended with \(code); \(release.name) is live all the same")
                }
                try await host.scheduler.remove(handle)
            } catch {
                transcript.output.warn("postdeploy could not be run: \(Failure(error).what)")
            }
        }
    }

    /// Labels of the one container that ran the script: what is made from the image must not inherit them.
    private static let passing = [
        Operation.label: "", "slipway.release": "", "slipway.type": "", "dokku_phase_script": "",
    ]

    private func words(_ script: String) async throws -> [String] {
        let shell = try await Properties("scheduler", on: host).effective(Enter.shell, of: app)
        return try Self.words(script, shell: shell)
    }

    /// How a script of app.json is run: by the shell that was set, else by bash where the image has it, else by sh.
    static func words(_ script: String, shell: String) throws -> [String] {
        let text = "set -e; \(script)"
        if !shell.isEmpty { return try ShellWords.split(shell) + ["-c", text] }
        let best = "command -v bash >/dev/null 2>&1 && exec bash -c \"$1\"; exec /bin/sh -c \"$1\""
        return ["/bin/sh", "-c", best, "sh", text]
    }

    private func predeploy(_ script: String, _ release: Release) async throws -> String {
        let facts = try await host.engine.image(release.image ?? "")
        let (handle, code) = try await runOnce(try await words(script), release, "predeploy")
        guard code == 0 else {
            throw await failed("predeploy of app.json failed: \(quoted(script))", handle, code, release)
        }
        let image = try await host.engine.commit(
            handle,
            as: Images.tag(app, release.number, host),
            command: facts?.command ?? [],
            entrypoint: facts?.entrypoint ?? [],
            labels: Self.passing
        )
        try await host.scheduler.remove(handle)
        return image
    }

    /// A container of the new image that runs to its end; an undo finds it by its label.
    private func runOnce(_ words: [String], _ release: Release, _ kind: String) async throws -> (
        handle: String, code: Int
    ) {
        guard let type = try? ProcessType(kind) else { preconditionFailure("\(kind) is a process type") }
        var workload = try await Ps(on: host).base(
            app,
            release,
            type: type,
            name: "\(app.name).\(kind).\(host.newID().suffix(10))"
        )
        workload.command = words
        workload.labels[Operation.label] = "\(held.operation)"
        workload.labels["dokku_phase_script"] = kind
        workload.restartPolicy = "no"
        let handle = try await host.scheduler.create(workload)
        try await host.scheduler.start(handle)
        return (handle, try await host.scheduler.wait(for: handle))
    }

    private func failed(_ what: String, _ handle: String, _ code: Int, _ release: Release) async -> Failure {
        let lines = (try? await host.scheduler.lastLines(1000, of: handle)) ?? []
        let path = host.paths.logs(of: app.id).appending("\(release.name).log")
        let text = lines.map { "\($0.time) app[release]: \($0.text)\n" }.joined()
        // A log that cannot be written must not hide why the command failed.
        try? makeFolder(path.removingLastComponent())
        try? appendToFile(path, Array(text.utf8))
        let all = host.settings.command("logs \(app.name) --release \(release.name)")
        return Failure(
            .releaseCommandFailed,
            what,
            why: Explanation.words(code, ""),
            fix: "mend it and push again; nothing was started",
            excerpt: .init(
                title: "its last lines (all: \(all)):",
                lines: lines.suffix(20).map { String($0.text.prefix(80)) }
            )
        )
    }
}
