import Core
import FoundationEssentials
import Programs
import SystemPackage

/// What holds of a sandbox that nobody changes just now, whatever died in it before.
///
/// Asked of the database, the engine, nginx's files, the repositories and the web, and of none of the product's own
/// words on them.
package struct Invariants: Sendable {
    let sandbox: Sandbox
    let ledger: Ledger
    let containers: [ListedContainer]
    let images: [ListedImage]

    /// Waits until old instances have left, then looks at everything.
    ///
    /// - Throws: ``BrokenInvariants`` with each that does not hold; ``NotSoon`` when old instances do not leave.
    package static func check(_ sandbox: Sandbox, after what: String) async throws {
        try await eventually("old instances have left \(what)", within: .seconds(60)) {
            try Ledger(sandbox).instances.allSatisfy { $0.state != "retiring" }
        }
        let found = Invariants(
            sandbox: sandbox,
            ledger: try Ledger(sandbox),
            containers: try await sandbox.containers(),
            images: try await sandbox.images()
        )
        let broken = try await found.broken()
        guard broken.isEmpty else { throw BrokenInvariants(after: what, broken: broken) }
    }

    private func broken() async throws -> [String] {
        var result = ledger.damage + unfinished() + strangers() + lostServices() + lostBackups()
        result += strayImages() + leftovers()
        for app in ledger.apps {
            let found = instances(of: app) + upstreams(of: app)
            let more = try await refs(of: app) + retained(of: app) + answer(of: app)
            result += (found + more).map { "\(app.name): \($0)" }
        }
        return result
    }

    /// Nobody works on anything, and nothing was left begun.
    private func unfinished() -> [String] {
        ledger.running.map { one in
            let stat = (try? String(contentsOfFile: "/proc/\(one.process)/stat", encoding: .utf8)) ?? ""
            let isAlive = stat.split(separator: " ").contains(Substring(one.start))
            return "operation \(one.id) (\(one.kind)) still runs, its owner is \(isAlive ? "alive" : "dead")"
        }
    }

    /// The wanted instances, each of the current release, as the engine has them; and no release half made.
    private func instances(of app: Ledger.App) -> [String] {
        let present = ledger.instances(of: app)
        var result: [String] = []
        if present.map(\.name).sorted() != ledger.wanted(app) {
            result.append("instances are \(present.map(\.name)), wanted are \(ledger.wanted(app))")
        }
        for instance in present {
            let name = instance.name
            if instance.release != app.current { result.append("\(name) is of v\(instance.release)") }
            if instance.state != "live" { result.append("\(name) is \(instance.state)") }
            guard let container = containers.first(where: { $0.Id == instance.handle }) else {
                // What was stopped on purpose is made anew when it is started.
                if !app.isStopped { result.append("\(name) has no container") }
                continue
            }
            let wanted = app.isStopped ? "exited" : "running"
            if container.State != wanted { result.append("\(name) is \(container.State), not \(wanted)") }
            if !app.isStopped, !container.addresses.contains(instance.address) {
                result.append("\(name) is at \(container.addresses), not at \(instance.address)")
            }
            if container.ImageID != ledger.current(app)?.image { result.append("\(name) runs another image") }
        }
        let pending = (ledger.releases[app.id] ?? []).filter { $0.status == "pending" }.map { "v\($0.number)" }
        if !pending.isEmpty { result.append("\(pending) are neither live nor failed") }
        return result
    }

    /// nginx sends people to the web instances that run, and to nobody else.
    private func upstreams(of app: Ledger.App) -> [String] {
        guard app.current != nil else { return [] }
        let wanted = app.isStopped ? [] : ledger.instances(of: app).filter { $0.type == "web" }.map(\.address)
        guard let text = site(of: app) else { return ["nginx was told nothing"] }
        let servers = text.split(separator: "\n").map { $0.drop { $0 == " " } }.filter { $0.hasPrefix("server ") }
        let told = servers.compactMap { line in
            line.split(separator: " ").dropFirst().first.flatMap { word in
                word.contains(":") ? word.split(separator: ":").first.map(String.init) : nil
            }
        }
        return Set(told) == Set(wanted) ? [] : ["nginx was told \(Set(told)), right is \(wanted)"]
    }

    private func site(of app: Ledger.App) -> String? {
        try? String(contentsOfFile: sandbox.state.appending("nginx/sites/\(app.id).conf").string, encoding: .utf8)
    }

    /// By its first name an app answers, and one that is stopped says so.
    private func answer(of app: Ledger.App) async throws -> [String] {
        guard let line = site(of: app)?.split(separator: "\n").first(where: { $0.contains("server_name ") }),
            let name = line.split(separator: " ").dropFirst().first?.split(separator: ";").first
        else { return [] }
        guard app.isStopped || ledger.wanted(app).contains("web.1") else { return [] }
        let status = try await sandbox.get(host: String(name)).status
        // With a certificate the plain port only sends on to the other.
        let isRight = (300..<400).contains(status) || (app.isStopped ? status == 503 : status < 300)
        return isRight ? [] : ["\(name) answers \(status)"]
    }

    /// The branch and the release's own ref are where the last release from a commit is.
    private func refs(of app: Ledger.App) async throws -> [String] {
        let good = (ledger.releases[app.id] ?? []).filter { $0.isGood && !$0.isOfBefore }
        let pushed = good.first { $0.basis == nil && $0.revision != nil }
        let folder = sandbox.state.appending("repos/\(app.id).git").string
        guard let pushed, let revision = pushed.revision, FileManager.default.fileExists(atPath: folder) else {
            return []
        }
        func git(_ words: String...) async throws -> String {
            try await Finished.run(Program("/usr/bin/git", ["--git-dir", folder] + words)).answer
        }
        var result: [String] = []
        let branch = try await git("symbolic-ref", "HEAD")
        for reference in [branch, "refs/slipway/v\(pushed.number)"] {
            let present = try await git("rev-parse", reference)
            if present != revision { result.append("\(reference) is at \(present), \(revision) is live") }
        }
        return result
    }

    /// The images of the last five good releases are there to go back to.
    private func retained(of app: Ledger.App) async throws -> [String] {
        let good = (ledger.releases[app.id] ?? []).filter(\.isGood).prefix(5).filter { !$0.isOfBefore }
        var result: [String] = []
        for image in Set(good.compactMap(\.image)) {
            do {
                _ = try await sandbox.engine("GET", "/images/\(image)/json")
            } catch { result.append("the image \(image) of \(good.map(\.number)) is gone") }
        }
        return result
    }
}

/// Facts that contradict each other after something that should not have left any such.
package struct BrokenInvariants: Error, CustomStringConvertible {
    package let after: String
    package let broken: [String]

    package var description: String { "\(after):\n  " + broken.joined(separator: "\n  ") }
}
