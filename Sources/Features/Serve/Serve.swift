import Core
import Files
import Store
import SystemPackage
import Terminals

extension Feature {
    /// The daemon.
    static let serve = Feature(
        "serve",
        "The daemon: looks after instances that die, and does what needs a clock",
        commands: ServeCommands.all,
        migrations: ServeTable.migrations
    )
}

/// What runs for as long as the machine does; everything else works without it.
struct Serve: Sendable {
    /// How many happenings may wait; older ones are dropped, and the next death tells of them.
    private static let patience = 1024

    let host: Host

    init(on host: Host) { self.host = host }

    /// Looks after instances and calls ``Tick`` every minute, until it is asked to end.
    ///
    /// - Parameter news: Of whoever asks; ``Terminal`` brings signals in this form.
    /// - Throws: ``Failure`` with code ``FailureCode/busy`` when another one serves this root.
    func run(until news: AsyncStream<TerminalNews>) async throws {
        // `tick` has the lock for a moment when it finds no daemon.
        guard let lock = try await takeLock(path, within: .seconds(2), clock: host.time.clock) else {
            throw Failure(
                .busy,
                "slipway serves \(host.paths.root) already",
                why: "another process holds \(path)",
                fix: "one is enough: systemctl status \(MachineFiles.serve)"
            )
        }
        defer { lock.release() }
        say("serves \(host.paths.root)")
        typealias News = Supervisor.News
        let (happenings, sink) = AsyncStream.makeStream(
            of: News.self,
            bufferingPolicy: .bufferingNewest(Self.patience)
        )
        let (alarms, alarm) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let serve = self
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { await serve.supervise(happenings) { alarm.yield() } }
            group.addTask { await EngineWatch(on: serve.host).run { sink.yield($0) } }
            group.addTask { await serve.pace(alarms) { sink.yield(.moment) } }
            group.addTask { await serve.tick { sink.yield(.moment) } }
            group.addTask { await serve.keepTime() }
            group.addTask { await serve.hasBeenAskedToEnd(news) }
            for await isOver in group where isOver { break }
            group.cancelAll()
        }
        say("ends")
    }

    /// Gives everything that is held back to the engine, when the daemon that held it is gone.
    ///
    /// Without it an instance would stay down for as long as no daemon runs.
    func letGo() async throws {
        let now = host.time.now()
        let all = try await host.store.read { try ServeTable.all($0) }
        let forgotten = all.filter { $0.value.isForgotten(at: now) }.keys.sorted()
        guard !forgotten.isEmpty, let lock = try FileLock.tryTake(path) else { return }
        defer { lock.release() }
        for id in forgotten {
            do { try await Supervisor(on: host).letGo(id) } catch {
                host.output.warn("an instance that is held has to wait: \(try Failure(ofOneOfMany: error))")
            }
        }
    }

    /// Instances of an app that are held now, by their ids.
    func backOffs(of instances: [Instance]) async throws -> [String: BackOff] {
        let ids = Set(instances.map(\.id))
        return try await host.store.read { try ServeTable.all($0) }.filter { ids.contains($0.key) }
    }

    private var path: FilePath { host.paths.locks.appending("serve") }

    private func say(_ text: String) { host.output.progress("\(host.time.now().text) \(text)") }
}

// MARK: What runs side by side; each says whether all is over

extension Serve {
    private func supervise(_ happenings: AsyncStream<Supervisor.News>, _ wake: () -> Void) async -> Bool {
        var supervisor = Supervisor(on: host)
        for await news in happenings {
            await supervisor.take(news)
            if await supervisor.isWaiting() { wake() }
        }
        return !Task.isCancelled
    }

    /// A moment a second while something waits for its time; otherwise this sleeps.
    private func pace(_ alarms: AsyncStream<Void>, _ tell: () -> Void) async -> Bool {
        for await _ in alarms {
            guard (try? await host.time.clock.sleep(for: .seconds(1))) != nil else { break }
            tell()
        }
        return !Task.isCancelled
    }

    private func tick(_ tell: () -> Void) async -> Bool {
        while !Task.isCancelled {
            do { try await Tick(on: host).run() } catch {
                if !Task.isCancelled { say("tick: \(Failure(error))") }
            }
            guard (try? await host.time.clock.sleep(for: .seconds(60))) != nil else { break }
            tell()
        }
        return false
    }

    /// Starts tasks at their minutes, and looks more often while one runs.
    private func keepTime() async -> Bool {
        let cron = Cron(on: host)
        while !Task.isCancelled {
            do { try await CronFiring(cron).fire() } catch {
                if !Task.isCancelled { say("cron: \(Failure(error))") }
            }
            guard (try? await host.time.clock.sleep(for: await cron.pause())) != nil else { break }
        }
        return false
    }

    private func hasBeenAskedToEnd(_ news: AsyncStream<TerminalNews>) async -> Bool {
        for await message in news {
            if case .signal(let number) = message {
                say("was asked to end (signal \(number))")
                return true
            }
        }
        return !Task.isCancelled
    }
}
