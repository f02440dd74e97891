import Core
import Files
import Plugins
import Probes
import Programs
import Scheduling
import Store
import SystemPackage

/// Lets old instances finish what they have, then ends them.
///
/// Runs in a process of its own that no push waits for; without it, the next command or `tick` goes on.
struct Drains: Sendable {
    /// How long an engine may be away before a drain is left to others.
    private static let patience = Duration.seconds(900)

    let host: Host

    init(on host: Host) { self.host = host }

    /// Starts the process that drains an app, when there is anything to drain.
    func begin(_ app: App) async throws {
        let leaving = try await leaving(app)
        guard !leaving.isEmpty else { return }
        let program = Program.slipway(["drain", app.id.text], host)
        _ = try host.programs.detach(program, host.paths.logs.appending("drain.log"))
    }

    /// Starts again what drains an app, when it has died before it was done.
    ///
    /// - Returns: Whether it had to be started.
    func resume(_ app: App) async throws -> Bool {
        guard try await !leaving(app).isEmpty, let lock = try FileLock.tryTake(lockFile(app.id)) else { return false }
        lock.release()
        try await begin(app)
        return true
    }

    private func lockFile(_ id: AppID) -> FilePath { host.paths.locks.appending("\(id).drain") }

    /// Drains until nothing of the app is left that should leave; one process at a time does it.
    ///
    /// Instances that are told to leave meanwhile need not wait for those that have long connections, nor does one that
    /// cannot be ended keep the others: they leave first.
    /// - Throws: The first failure; what could not leave is tried again by whoever drains next.
    func run(_ id: AppID) async throws {
        guard let lock = try await takeLock(lockFile(id), within: .seconds(300), clock: host.time.clock) else { return }
        defer { lock.release() }
        let app = try await Apps(on: host).find(id)
        let host = host
        try await withThrowingTaskGroup(of: News.self) { group in
            var (known, working): (Set<String>, Int) = ([], 0)
            var first: (any Error)?
            group.addTask { .timeToLook }
            while let news = try await group.next() {
                if case .over(let failure) = news {
                    working -= 1
                    if let failure { first = try Self.first(first, failure) }
                    continue
                }
                let leaving = try await leaving(app)
                let fresh = leaving.filter { known.insert($0.id).inserted }
                for (_, instances) in Dictionary(grouping: fresh, by: \.release) {
                    working += 1
                    group.addTask {
                        let drains = Drains(on: host)
                        do {
                            try await drains.patiently(app) { try await drains.drain(instances, of: app) }
                            return .over(nil)
                        } catch { return .over(error) }
                    }
                }
                // What has failed stays among those that should leave.
                guard !leaving.isEmpty, working > 0 || first == nil else { continue }
                group.addTask {
                    try await host.time.clock.sleep(for: .seconds(1))
                    return .timeToLook
                }
            }
            if let first { throw first }
        }
    }

    private enum News {
        case timeToLook
        case over((any Error)?)
    }

    /// Which failure is told when all is over.
    ///
    /// - Throws: As ``Failure/init(ofOneOfMany:)`` does.
    private static func first(_ first: (any Error)?, _ next: any Error) throws -> any Error {
        _ = try Failure(ofOneOfMany: next)
        return first ?? next
    }

    /// An engine that is away comes back, and until then nobody could end anything; `tick` takes over after a while.
    private func patiently(_ app: App, _ work: () async throws -> Void) async throws {
        let end = host.time.now() + Self.patience
        while true {
            do { return try await work() } catch {
                guard Failure(error).code == .engineUnreachable, host.time.now() < end else { throw error }
                // Somebody has said meanwhile that the engine is elsewhere: a fresh process asks there.
                let settings = try await host.store.read { try HostTable.settings($0) }
                if let settings, settings.engineSocket != host.settings.engineSocket {
                    try await begin(app)
                    throw error
                }
                try await host.time.clock.sleep(for: .seconds(2))
            }
        }
    }

    private func leaving(_ app: App) async throws -> [Instance] {
        try await Ps(on: host).instances(of: app).filter { $0.state == .retiring }
    }

    /// Ends the instances of one release that leave together, and writes down how that went.
    private func drain(_ instances: [Instance], of app: App) async throws {
        let began = host.time.uptime()
        let host = host
        typealias Left = (instance: Instance, cut: Int?)
        let (left, failure) = try await withThrowingTaskGroup(of: Result<Left, any Error>.self) { group in
            for instance in instances {
                group.addTask {
                    do {
                        let limit = instance.deadline ?? host.time.now()
                        let cut = try await Drains(on: host).end([instance], of: app, by: limit)
                        try await Ps(on: host).remove([instance])
                        return .success((instance, cut))
                    } catch { return .failure(error) }
                }
            }
            var left: [Left] = []
            var first: (any Error)?
            while let result = try await group.next() {
                switch result {
                case .success(let one): left.append(one)
                case .failure(let error): first = try Self.first(first, error)
                }
            }
            return (left, first)
        }
        try await tell(of: left.map(\.instance), cut: left.map(\.cut).reduce(nil, Self.sum), since: began, app)
        if let failure { throw failure }
    }

    private func tell(of left: [Instance], cut: Int?, since began: Duration, _ app: App) async throws {
        let instances = left.sorted { $0.name < $1.name }
        // What did not run any more had no connections, and an app that was destroyed meanwhile keeps no log.
        guard let cut, let fresh = try await Apps(on: host).present(app.id), let release = instances.first?.release
        else { return }
        // What leaves while its release stays was scaled down or restarted.
        let which = release == fresh.current ? " (\(instances.map(\.name).joined(separator: ", ")))" : ""
        let words = "v\(release)\(which) drained in \((host.time.uptime() - began).words), \(Self.words(cut))"
        try await record(words, of: instances, fresh)
        await Hooks(on: host).tell(.postDrain, [fresh.name.text, "\(cut)"], app: fresh.name)
    }

    /// Waits until nobody is connected to the instances any more, at most until `limit`, then ends them.
    ///
    /// - Returns: How many connections were still open at the limit, and are cut; nil when none of them ran.
    func end(_ instances: [Instance], of app: App, by limit: Timestamp) async throws -> Int? {
        let grace = Int(try await Properties("ps", on: host).effective(Ps.stopTimeout, of: app)) ?? 30
        let host = host
        return try await withThrowingTaskGroup(of: Int?.self) { group in
            for handle in instances.compactMap(\.handle) {
                group.addTask {
                    let cut = try await Quiet(on: host).wait(for: handle, until: limit)
                    do { try await host.scheduler.stop(handle, grace: .seconds(grace)) } catch {
                        // An engine that is away comes back, and it is tried again.
                        if Failure(error).code != .engineUnreachable {
                            await Hooks(on: host).tell(.retireContainerFailed, [app.name.text, handle], app: app.name)
                        }
                        throw error
                    }
                    return cut
                }
            }
            return try await group.reduce(nil, Self.sum)
        }
    }

    private static func sum(_ left: Int?, _ right: Int?) -> Int? {
        left == nil && right == nil ? nil : (left ?? 0) + (right ?? 0)
    }

    static func words(_ cut: Int) -> String { "\(cut) connection\(cut == 1 ? "" : "s") cut" }

    /// Writes down how instances left: as an event, and in the log of their release.
    func record(_ words: String, of instances: [Instance], _ app: App) async throws {
        let event = Event("drain", words, of: app, by: host)
        try await host.store.write { try HostTable.record(event, $0) }
        if let first = instances.first { Logs(on: host).note(words, about: first) }
    }
}
