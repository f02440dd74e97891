import Core
import Files
import Proxying
import Scheduling
import Store

extension Feature {
    /// The way back to what the database says.
    static let repair = Feature(
        "repair",
        "Make everything what the database says",
        commands: RepairCommands.all,
        operations: [Restoration.kind]
    )
}

/// Compares the engine, nginx, repositories and keys with the database, and closes the difference.
///
/// Nothing is built, no command of an app is run beside its processes, and what was stopped on purpose stays stopped.
/// What is left alone is everything that does not carry our label or lies outside our root.
struct Repair: Sendable {
    /// So many apps are started at once.
    static let width = 8
    /// So many questions are with the engine at once.
    private static let questions = 16

    let host: Host
    let desk: EngineDesk
    private let width: Int

    init(on host: Host, desk: EngineDesk? = nil, width: Int = Self.width) {
        self.host = host
        self.width = width
        self.desk = desk ?? EngineDesk(on: host)
    }

    /// - Parameters:
    ///   - isDry: Nothing is changed.
    ///   - only: One app, and nothing of the host; nil is everything.
    ///   - tell: Is given each difference with what became of it, as soon as that is known.
    /// - Returns: All of them.
    /// - Throws: ``Failure`` when the database cannot be read.
    func run(
        isDry: Bool,
        only: App? = nil,
        tell: @escaping @Sendable (Repaired) -> Void = { _ in }
    ) async throws -> RepairReport {
        var all: [Repaired] = []
        func add(_ more: [Repaired]) {
            for one in more { tell(one) }
            all += more
        }
        add(try await settle(isDry, only))
        // The engine is asked before the rows: what the rows do not know of then is older than they are.
        let holdings: EngineHoldings?
        do {
            holdings = try await EngineHoldings.see(host, desk)
        } catch {
            holdings = nil
            add([.untried(Difference(.engine, unseen: error))])
        }
        if only == nil {
            for part in hostParts(holdings) { add(await close(part, isDry)) }
        }
        let suspects = try await suspects(only, holdings)
        all += try await close(suspects, isDry, sawEngine: holdings != nil, tell)
        if !isDry {
            await resumeDrains(only)
            await renewTree(only)
        }
        return RepairReport(isDry: isDry, all: all)
    }

    // MARK: The journal

    /// Operations that their owner has left come first: what they leave would look like damage.
    private func settle(_ isDry: Bool, _ only: App?) async throws -> [Repaired] {
        let operations = Operations(on: host)
        let dead = try await operations.running().filter { operation in
            !operation.owner.isAlive && (only == nil || operation.app == only?.id)
        }
        guard !dead.isEmpty else { return [] }
        if !isDry { _ = try await operations.settleAllOrphans() }
        let left = isDry ? [] : Set(try await operations.running().map(\.id))
        var result: [Repaired] = []
        for operation in dead {
            let app = try await Apps(on: host).present(operation.app)
            let difference = Difference(
                app,
                .operation,
                "\(operation.summary) was left in the middle by a process that died",
                .mend("bring it to its end"),
                target: "\(operation.id)"
            )
            let outcome: Repaired.Outcome =
                isDry ? .planned : left.contains(operation.id) ? .failed("slipway operations tells why") : .done
            result.append(Repaired(difference: difference, outcome: outcome))
        }
        return result
    }

    private func resumeDrains(_ only: App?) async {
        do {
            let survey = try await Survey.read(host)
            for app in survey.apps where only == nil || app.id == only?.id {
                guard survey.instances[app.id]?.contains(where: { $0.state == .retiring }) == true else { continue }
                _ = try await Drains(on: host).resume(app)
            }
        } catch {
            host.output.warn("old instances drain later: \(Failure(error).what)")
        }
    }

    /// What plugins written for Dokku look for is derived, and serves nobody else.
    private func renewTree(_ only: App?) async {
        let tree = DokkuTree(on: host)
        if let only { return await tree.renew(only) }
        do { try await tree.mend() } catch { host.output.warn("\(Failure(error).what)") }
    }

    // MARK: Apps

    /// Apps that do not look right.
    ///
    /// Whoever works on one just now makes it look wrong, so each is looked at twice.
    private func suspects(_ only: App?, _ holdings: EngineHoldings?) async throws -> [App] {
        let survey = try await Survey.read(host)
        let apps = survey.apps.filter { only == nil || $0.id == only?.id }
        let policies = holdings == nil ? [:] : await policies(survey, of: apps)
        var suspects: [App] = []
        let look = AppLook(host: host, desk: desk, survey: survey, holdings: holdings, policies: policies)
        for app in apps {
            let found = try await look.examine(app)
            if survey.isBetweenSteps(app) || !found.differences.isEmpty { suspects.append(app) }
        }
        return suspects
    }

    /// The second look is under the app's lock; whoever holds it already is left to it.
    private func close(
        _ suspects: [App],
        _ isDry: Bool,
        sawEngine: Bool,
        _ tell: @escaping @Sendable (Repaired) -> Void
    ) async throws -> [Repaired] {
        guard !suspects.isEmpty else { return [] }
        var locked: [AppID: FileLock] = [:]
        defer { for lock in locked.values { lock.release() } }
        var result: [Repaired] = []
        for app in suspects.sorted(by: { $0.id.text < $1.id.text }) {
            if let lock = try Operations(on: host).tryTake(app.id) {
                locked[app.id] = lock
            } else {
                result.append(try await busy(app))
            }
        }
        result.forEach(tell)
        let holdings = sawEngine ? try await EngineHoldings.see(host, desk) : nil
        let survey = try await Survey.read(host)
        let apps = survey.apps.filter { locked[$0.id] != nil }
        let policies = holdings == nil ? [:] : await policies(survey, of: apps)
        let look = AppLook(host: host, desk: desk, survey: survey, holdings: holdings, policies: policies)
        var cases: [AppCase] = []
        for app in apps where !survey.isBetweenSteps(app) {
            let found = try await look.examine(app)
            if !found.differences.isEmpty { cases.append(found) }
        }
        // The slowest of all takes as long as its checks do; nobody waits for it who has nothing to do with it.
        let wrong = Set(cases.map(\.app.id))
        for (id, lock) in locked where !wrong.contains(id) { lock.release() }
        guard !isDry else {
            let found = cases.flatMap { $0.differences.map(Repaired.untried) }
            found.forEach(tell)
            return result + found
        }
        return result + (await restore(cases, locked, tell))
    }

    /// Lets each app go as soon as it has come to its end.
    private func restore(
        _ wrong: [AppCase],
        _ locks: [AppID: FileLock],
        _ tell: @escaping @Sendable (Repaired) -> Void
    ) async -> [Repaired] {
        let (host, turns) = (host, Turns(width))
        let gathering = Gathering(wrong.filter { $0.plan?.holdsBack == true }.map(\.app.id))
        return await withTaskGroup(of: [Repaired].self) { group in
            for found in wrong {
                guard let lock = locks[found.app.id] else { continue }
                let restoration = Restoration(host: host, found: found, turns: turns, gathering: gathering)
                group.addTask {
                    defer { lock.release() }
                    return await restoration.run(holding: lock)
                }
            }
            group.addTask {
                await gathering.lead { try await Nginx(on: host).tell($0) }
                return []
            }
            var result: [Repaired] = []
            for await more in group {
                more.forEach(tell)
                result += more
            }
            return result
        }
    }

    private func busy(_ app: App) async throws -> Repaired {
        let holder = try await Operations(on: host).holder(of: app)
        let difference = Difference(app, .operation, "it is being changed: \(holder)", .note("repair it later"))
        return Repaired(difference: difference, outcome: .busy)
    }

    /// The restart policies of instances by their handles; the only thing that a list of containers does not tell.
    private func policies(_ survey: Survey, of apps: [App]) async -> [String: String] {
        let host = host
        let handles = apps.filter { !$0.isStopped }.flatMap { survey.instances[$0.id] ?? [] }
            .filter { $0.state == .live }.compactMap(\.handle)
        return await withTaskGroup(of: (String, String?).self) { group in
            var result: [String: String] = [:]
            for (index, handle) in handles.enumerated() {
                if index >= Self.questions, let (handle, policy) = await group.next() { result[handle] = policy }
                // One that cannot be looked at is missing from the list, too, and is found by that.
                group.addTask { (handle, try? await host.scheduler.inspect(handle)?.restartPolicy) }
            }
            for await (handle, policy) in group { result[handle] = policy }
            return result
        }
    }
}
