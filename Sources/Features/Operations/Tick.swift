import Core
import Files
import Repositories
import Store
import SystemPackage

/// Goes on with what somebody left, and tidies up once a day; safe at any moment and as often as one likes.
struct Tick: Sendable {
    private static let day = Duration.seconds(24 * 3600)

    let host: Host

    init(on host: Host) { self.host = host }

    /// Does all that is due; one process at a time, others return at once.
    ///
    /// What fails for one app is said and keeps no other app waiting.
    func run(isTidying: Bool = false) async throws {
        // A task is due at its minute, however long the rest takes.
        do { try await CronFiring(Cron(on: host)).fire() } catch { warn("cron", error) }
        do { try await HookTick(on: host).fireTasks() } catch { warn("tasks of plugins", error) }
        guard let lock = try FileLock.tryTake(host.paths.locks.appending("tick")) else { return }
        defer { lock.release() }
        do { try await HookTick(on: host).tellStart() } catch { warn("plugins", error) }
        let settled = try await Operations(on: host).settleAllOrphans()
        if settled > 0 { host.output.step("Settled what was left of \(settled) app\(settled == 1 ? "" : "s")") }
        let drains = Drains(on: host)
        await forEachApp { app in
            if try await drains.resume(app) { host.output.step("Drains \(app.name) again") }
        }
        await retireRuns()
        do { try await Serve(on: host).letGo() } catch { warn("instances that are held", error) }
        do { try await Shipper(on: host).refresh() } catch { warn("the log shipper", error) }
        await ServiceCare(on: host).tick()
        await keepDisk()
        let isDue = try await isTidyingDue()
        if isTidying || isDue { try await tidy() }
    }

    private func isTidyingDue() async throws -> Bool {
        guard let last = try await host.store.read({ try HostTable.moment("tidied", $0) }) else { return true }
        // A clock that was set back must not put it off.
        return host.time.now() - last >= Self.day || last > host.time.now()
    }

    /// Packs repositories and removes images past retention; an app that is being changed waits for tomorrow.
    private func tidy() async throws {
        await forEachApp { app in
            guard let lock = try Operations(on: host).tryTake(app.id, "the nightly tidying") else { return }
            defer { lock.release() }
            if host.repositories.exists(app.id) { try await host.repositories.tidy(app.id) }
            try await Cleaning(on: host).tidy(app)
            try await CronCare(Cron(on: host)).forget(app)
            _ = try await Builds(on: host).forget(app)
        }
        do {
            let freed = try await Cleaning(on: host).capCache()
            if freed > 0 { host.output.step("Cut the build cache by \(byteWords(freed))") }
        } catch { warn("the build cache", error) }
        do { try Hooks(on: host).tidy() } catch { warn("compiled hooks", error) }
        do { try await HookTick(on: host).tellCertificates() } catch { warn("certificates", error) }
        let now = host.time.now()
        try await host.store.write { try HostTable.setMoment("tidied", to: now, $0) }
    }

    /// Room on the disk: what belongs to nothing, archives past their day, logs over their cap.
    private func keepDisk() async {
        do {
            let archives = try await Apps(on: host).purgeDue()
            for name in archives.gone { host.output.step("The archive of \(name) is past its day and gone") }
            for (name, failure) in archives.failures { warn("the archive of \(name)", failure) }
        } catch { warn("archives", error) }
        let (caps, output) = (LogCaps(on: host), host.output)
        await forEachApp { app in
            let bytes = try await caps.enforce(app)
            if bytes > 0 { output.step("Logs of \(app.name) cut by \(byteWords(bytes))") }
        }
        do { try await Git(on: host).removeAbandoned() } catch { warn("repositories of apps that are gone", error) }
        do { try Scratch.sweep(on: host) } catch { warn("folders of dead processes", error) }
        do { try caps.rotateDrains() } catch { warn("logs", error) }
        do { say(try await Watermarks(on: host).watch()) } catch { warn("the disk", error) }
        do { say(try await Cleaning(on: host).removeOrphans()) } catch { warn("what belongs to nothing", error) }
    }

    private func say(_ freed: Freed?) {
        if let words = freed?.sentence { host.output.step(words) }
    }

    private func retireRuns() async {
        do {
            for program in try await Run(on: host).retire(nil) { host.output.step("Stopped \(program.name)") }
        } catch { warn("programs beside the apps", error) }
    }

    private func forEachApp(_ work: (App) async throws -> Void) async {
        do {
            for app in try await Apps(on: host).list() {
                do { try await work(app) } catch { warn("\(app.name)", error) }
            }
        } catch { warn("the list of apps", error) }
    }

    private func warn(_ what: String, _ error: any Error) {
        let failure = Failure(error)
        host.output.warn("\(what): \(failure.code.rawValue) \(failure.what)")
    }
}
