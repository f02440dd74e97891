import Core
import Engine
import FoundationEssentials
import Plugins
import Scheduling
import Store

/// Watches instances die: lets the engine start them again, and takes out of its hands what dies too often.
///
/// What it knows of those is in the database, so that another one can go on. The rest, the sightings of the last
/// minute, is asked of the engine anew.
struct Supervisor: Sendable {
    enum News: Sendable {
        /// The engine answers; what happened before may have been missed.
        case connected
        case lost
        case event(EngineEvent)
        /// Time has passed.
        case moment
    }

    let host: Host
    /// What happened before was told by another one.
    private var begun: Timestamp
    private var sightings = Sightings()
    /// Who died too often and is not held yet, because somebody else works on the app.
    var candidates: Set<String> = []
    private var isConnected = false
    private var rest: Timestamp?

    init(on host: Host) {
        self.host = host
        begun = host.time.now()
    }

    /// Does what is called for; what fails is said, and tried again later.
    mutating func take(_ news: News) async {
        do {
            switch news {
            case .connected:
                isConnected = true
                rest = nil
                try await compare()
            case .lost:
                isConnected = false
                sightings.lost()
            case .event(let event): try await heed(event)
            case .moment: try await look()
            }
        } catch {
            if Task.isCancelled { return }
            rest = host.time.now() + BackOff.firstPause
            say("not done yet: \(Failure(error))")
        }
    }

    /// Whether there is something that time alone will bring about.
    mutating func isWaiting() async -> Bool {
        guard isConnected else { return false }
        if !candidates.isEmpty || sightings.isWaiting { return true }
        do {
            for id in try await host.store.read({ try ServeTable.all($0) }).keys
            where try await Ward.find(id, host) != nil {
                return true
            }
            return false
        } catch { return !Task.isCancelled }
    }

    func say(_ text: String) { host.output.progress("\(host.time.now().text) \(text)") }

    /// How often an instance died within the last minute.
    func recentDeaths(of id: String) -> Int { sightings.count(of: id, at: host.time.now()) }
}

// MARK: What comes in

extension Supervisor {
    /// What the engine has gone on starting in vain, and what is held and was not looked at meanwhile.
    private mutating func compare() async throws {
        let held = try await host.store.read { try ServeTable.all($0) }
        let running = Set(try await host.scheduler.list(labels: [:]).filter(\.isRunning).map(\.handle))
        for instance in try await Ps(on: host).live() where held[instance.id] == nil {
            guard let handle = instance.handle, !running.contains(handle),
                let state = try await host.scheduler.inspect(handle), state.phase == .restarting,
                state.restarts >= BackOff.limit
            else { continue }
            candidates.insert(instance.id)
        }
        try await attend(to: candidates.union(held.keys))
    }

    /// One that cannot be helped keeps no other waiting; an engine that does not answer helps none.
    private mutating func attend(to ids: Set<String>) async throws {
        for id in ids.sorted() {
            do { try await attend(id) } catch {
                try Task.checkCancellation()
                let failure = Failure(error)
                if failure.code == .engineUnreachable { throw failure }
                say("an instance has to wait: \(failure)")
                rest = host.time.now() + BackOff.firstPause
            }
        }
    }

    private mutating func heed(_ event: EngineEvent) async throws {
        guard event.kind == "container", let id = event.attributes[Instance.label] else { return }
        let time = Timestamp(milliseconds: Int64((event.time.timeIntervalSince1970 * 1000).rounded()))
        // By a clock that was set back everything would be of before, until it has caught up.
        let now = host.time.now()
        if now < begun { begun = Timestamp(milliseconds: now.milliseconds - Int64(EngineWatch.before.milliseconds)) }
        switch event.action {
        case "start":
            sightings.started(id)
            if try await isHeld(id) { try await attend(id) }
        case "kill": sightings.signalled(id, event.attributes["signal"] ?? "")
        case "oom":
            guard sightings.ranOutOfMemory(id, at: time), time >= begun else { return }
            if let ward = try await Ward.find(id, host) { try await tellOutOfMemory(ward, isDead: true) }
        case "die":
            guard case .unwanted(let count, let outOfMemory) = sightings.died(id, at: time) else { return }
            try await heedDeath(of: id, count, outOfMemory, event, at: time)
        default: break
        }
    }

    private mutating func heedDeath(
        of id: String,
        _ count: Int,
        _ outOfMemory: Bool,
        _ event: EngineEvent,
        at time: Timestamp
    ) async throws {
        guard let ward = try await Ward.find(id, host) else { return }
        let code = event.attributes["exitCode"] ?? "?"
        if time >= begun {
            say("\(ward.name) died (exit \(code))")
            var isShort = outOfMemory
            if !isShort, code == "137" { isShort = await isMarkedOutOfMemory(ward) }
            if isShort {
                sightings.explained(id, at: time)
                try await tellOutOfMemory(ward, isDead: true)
            }
        }
        var isHeld = try await isHeld(id)
        if !isHeld, count >= BackOff.limit {
            candidates.insert(id)
            isHeld = true
        }
        if isHeld { try await attend(id) }
        guard time >= begun else { return }
        // What has to be done for it comes first: a hook may take its time.
        let words = [ward.app.name.text, ward.instance.name, code]
        await Hooks(on: host).tell(.instanceExited, words, app: ward.app.name)
    }

    /// The engine keeps the mark until the next start.
    private func isMarkedOutOfMemory(_ ward: Ward) async -> Bool {
        (try? await host.engine.container(ward.handle))??.state.oomKilled ?? false
    }

    private mutating func look() async throws {
        let now = host.time.now()
        guard isConnected, rest.map({ now >= $0 || $0 - now > BackOff.firstPause }) ?? true else { return }
        rest = nil
        for id in sightings.survivors(at: now) {
            if let ward = try await Ward.find(id, host) { try await tellOutOfMemory(ward, isDead: false) }
        }
        let due = try await host.store.read { try ServeTable.all($0) }.filter { $0.value.isDue(at: now) }.keys
        try await attend(to: candidates.union(due))
    }

    private func isHeld(_ id: String) async throws -> Bool {
        try await host.store.read { try ServeTable.find(id, $0) } != nil
    }
}
