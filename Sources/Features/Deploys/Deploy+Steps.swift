import Building
import Core
import Files
import Plugins
import Proxying
import Scheduling
import Store

extension Deploy {
    /// Gives the release its number before anything is tried, so that a failed one keeps it.
    func record() async throws -> Release {
        let app = app
        var notes = ["branch": order.branch ?? "", "scale": Scale.text(order.scale), "source": order.source]
        if order.repeatsOld, let basis = order.basis { notes["rollback"] = "v\(basis)" }
        if case .same(let seen) = order.origin {
            // While this waited for the lock another release may have gone live; that one is meant.
            let release = try await Releases(on: host).current(of: app) ?? seen
            notes["release"] = "\(release.number)"
            notes["same"] = "yes"
            try await held.note(notes)
            return release
        }
        let settings: Settings
        if let given = order.settings {
            settings = given
        } else {
            settings = try await Releases(on: host).draft(of: app)
        }
        if order.settings != nil {
            notes["draft"] = "yes"
            notes["found"] = try DraftChange.text(of: try await Releases(on: host).draft(of: app))
        }
        let (fresh, known, operation) = (draftRelease(settings), notes, held.operation)
        // The number and what the journal says of it are one write: a release that nobody knows of would stay pending.
        let release = try await held.write { database in
            var release = fresh
            release.number = try ReleasesTable.nextNumber(of: app.id, database)
            try ReleasesTable.insert(release, database)
            let number = ["release": "\(release.number)"]
            try OperationsTable.note(known.merging(number) { $1 }, of: operation, database)
            return release
        }
        transcript.opening(app, release, subject: order.subject)
        return release
    }

    /// Plugins learn what is about to be tried, and of which source.
    func announce(_ release: Release) async throws {
        let hooks = Hooks(on: host)
        if case .same = order.origin { return }
        if case .commit(let revision, _) = order.origin {
            let words = [app.name.text, order.source, order.digest ?? revision.text]
            await hooks.tell(.deploySourceSet, words, app: app.name)
        }
        try await hooks.fire(.releaseCreated, [app.name.text, release.name, order.reason], app: app.name)
    }

    private func draftRelease(_ settings: Settings) -> Release {
        var release = Release(
            app: app.id,
            number: 0,
            status: .pending,
            facts: SourceFacts(),
            settings: settings,
            reason: order.reason,
            caller: host.caller.name,
            basis: order.basis,
            createdAt: host.time.now()
        )
        switch order.origin {
        case .commit(let revision, _): release.revision = revision
        case .release(let old), .same(let old):
            (release.image, release.build, release.revision) = (old.image, old.build, old.revision)
            release.digest = old.digest
            release.facts = old.facts
        }
        return release
    }

    /// Whether what was built is not to run before somebody says so.
    var waitsForRestart: Bool {
        get async throws {
            guard case .commit = order.origin else { return false }
            return try await Properties("ps", on: host).effective(Ps.skipDeploy, of: app) == "true"
        }
    }

    /// The branch is where the client has it; the release waits.
    ///
    /// No step of its own: a process that dies before its end has failed to build, whatever the branch says by then.
    func leave(_ release: Release) async throws {
        try await Settling(host: host, held: held).moveReferences(app, release)
        let event = Event("release", "\(release.name) \(order.reason) (built, not started)", of: app, by: host)
        try await held.write { database in
            try ReleasesTable.overtake(by: release, database)
            try HostTable.record(event, database)
        }
        transcript.output.progress("success: \(release.name) is built, and waits: skip-deploy is set")
        transcript.output.detail("start it: \(host.settings.command("ps:restart \(app.name)"))")
    }

    /// Tells nginx of the newcomers; returns once the new configuration really serves.
    func publish(_ release: Release) async throws {
        let started = host.time.uptime()
        let settling = Settling(host: host, held: held)
        let serving = try await settling.servingAfter(app, release, scale: order.scale)
        let site = try await Nginx(on: host).site(of: app, serving: release, by: serving)
        try await Nginx(on: host).publish(site, of: app)
        transcript.switched(took: (host.time.uptime() - started))
    }

    /// One transaction: from here on everything that says "current" says the new release.
    func makeLive(_ release: Release) async throws {
        let event = Event("release", "\(release.name) \(order.reason)", of: app, by: host)
        try await Settling(host: host, held: held).makeLive(app, release, scale: order.scale, event)
    }

    /// Leaves the old instances to a process of their own; nobody waits for it.
    ///
    /// The release is live: what cannot be tidied now is tidied by the next deploy, and only said here.
    func retire() async {
        do {
            // A name or a certificate that came before the first release is in the rows, but not in what was published.
            try await Nginx(on: host).publish(app)
            try await Drains(on: host).begin(app)
            if try await !Builder(on: host).skipsCleanup(app) { try await Cleaning(on: host).tidy(app) }
        } catch {
            transcript.output.warn("left for later: \(Failure(error).what)")
        }
    }
}

extension DeployOrder {
    /// The first line of the commit's message, where there is one.
    var subject: String? {
        if case .commit(_, let subject) = origin { return subject }
        return nil
    }
}

/// Numbers of processes as text: `web=2 worker=1`.
enum Scale {
    static func text(_ scale: [ProcessType: Int]) -> String {
        scale.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    static func parse(_ words: [String]) throws -> [ProcessType: Int] {
        var result: [ProcessType: Int] = [:]
        for word in words {
            let parts = word.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, let quantity = Int(parts[1]), (0...1000).contains(quantity) else {
                throw Failure.malformed("\(quoted(word)) is not TYPE=NUMBER", fix: "write it as web=2, 0 to 1000")
            }
            guard result.updateValue(quantity, forKey: try ProcessType(parts[0])) == nil else {
                throw Failure.malformed("\(quoted(parts[0])) stands there twice")
            }
        }
        return result
    }
}
