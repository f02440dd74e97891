import Core
import Engine
import Files
import Plugins
import Scheduling
import Store

extension Supervisor {
    /// Brings one instance to what its row says, and its row to what is so; nothing while somebody works on the app.
    mutating func attend(_ id: String) async throws {
        guard let found = try await Ward.find(id, host) else {
            candidates.remove(id)
            return
        }
        guard let (lock, held) = try await Operations(on: host).claim(found.app.id) else { return }
        defer { lock.release() }
        // Once more, now that nobody else can change it.
        guard let ward = try await Ward.find(id, host), let state = try await host.scheduler.inspect(ward.handle) else {
            candidates.remove(id)
            return
        }
        let present = try await host.store.read { try ServeTable.find(id, $0) }
        guard let turn = turn(present, ward, state) else {
            candidates.remove(id)
            return
        }
        try await carryOut(turn, from: present, ward, state, held)
        candidates.remove(id)
    }

    /// Leaves an instance to the engine again, though it has not recovered: nobody is there to hold it.
    ///
    /// One that is gone or that the engine does not start is held no more either: it would be tried every minute.
    func letGo(_ id: String) async throws {
        guard let ward = try await Ward.find(id, host),
            let (lock, held) = try await Operations(on: host).claim(ward.app.id)
        else { return }
        defer { lock.release() }
        guard try await host.store.read({ try ServeTable.find(id, $0) }) != nil else { return }
        say("\(ward.name) is left to the engine: no daemon runs")
        if let fault = try await giveBack(ward) { say("\(ward.name) \(fault)") }
        try await held.write { try ServeTable.save(nil, of: id, $0) }
    }

    /// - Returns: Why it stays down all the same, in words.
    private func giveBack(_ ward: Ward) async throws -> String? {
        do {
            try await host.scheduler.setRestartPolicy(ward.policy.description, of: ward.handle)
        } catch EngineError.refused(404, _, _) { return "is gone: its container was removed" }
        do { try await host.scheduler.start(ward.handle) } catch EngineError.refused(_, let message, _) {
            return "could not be started: \(quoted(message))"
        }
        return nil
    }

    private func turn(_ present: BackOff?, _ ward: Ward, _ state: InstanceState) -> BackOff.Turn? {
        let now = host.time.now()
        if let present { return present.next(state.seen, ward.policy, at: now) }
        let recent = recentDeaths(of: ward.instance.id)
        // It has recovered while somebody else worked on the app.
        if state.seen == .running, recent < BackOff.limit { return nil }
        return BackOff.begin(
            deaths: max(recent, BackOff.limit),
            restarts: state.restarts,
            seen: state.seen,
            policy: ward.policy,
            at: now
        )
    }

    /// What is meant is written first, so that whoever comes after a sudden end goes on with it.
    private func carryOut(
        _ turn: BackOff.Turn,
        from present: BackOff?,
        _ ward: Ward,
        _ state: InstanceState,
        _ held: Held
    ) async throws {
        tell(turn, from: present, ward, state)
        if let backOff = turn.backOff, backOff != present {
            try await save(backOff, ward, held)
        } else if turn.action != .none {
            // What the engine is told is not fenced; this asks whether it may still be told.
            try await held.write { _ in }
        }
        switch turn.action {
        case .none: return
        case .hold: try await hold(ward, state)
        case .start: try await start(ward, turn.backOff, held)
        case .release:
            try await host.scheduler.setRestartPolicy(ward.policy.description, of: ward.handle)
            let id = ward.instance.id
            try await held.write { try ServeTable.save(nil, of: id, $0) }
        }
    }

    private func hold(_ ward: Ward, _ state: InstanceState) async throws {
        try await host.scheduler.setRestartPolicy("no", of: ward.handle)
        // Only this takes back a start that the engine has planned already.
        if state.phase == .restarting { try await host.scheduler.stop(ward.handle, grace: .seconds(5)) }
    }

    private func start(_ ward: Ward, _ backOff: BackOff?, _ held: Held) async throws {
        do {
            try await host.scheduler.start(ward.handle)
        } catch EngineError.refused(_, let message, _) {
            say("\(ward.name) could not be started: \(quoted(message))")
            if let next = backOff?.died(at: host.time.now()) { try await save(next, ward, held) }
        }
    }

    private func save(_ backOff: BackOff, _ ward: Ward, _ held: Held) async throws {
        let id = ward.instance.id
        let event = Event(
            "backing-off",
            "\(ward.instance.name) died \(backOff.deaths) times in a row and is tried every 30 s",
            of: ward.app,
            by: host
        )
        try await held.write { database in
            let old = try ServeTable.find(id, database)?.deaths ?? 0
            try ServeTable.save(backOff, of: id, database)
            if backOff.deaths >= BackOff.notable, old < BackOff.notable { try HostTable.record(event, database) }
        }
    }

    private func tell(_ turn: BackOff.Turn, from present: BackOff?, _ ward: Ward, _ state: InstanceState) {
        guard let backOff = turn.backOff else {
            if turn.action == .release {
                say(
                    "\(ward.name) \(turn.hasDied ? "stays down: its restart policy is \(ward.policy)" : "has recovered")"
                )
            }
            return
        }
        if turn.action == .start { return say("\(ward.name) is tried again after \(backOff.deaths) deaths") }
        guard backOff != present else { return }
        if let next = backOff.nextTry {
            say("\(ward.name) is held after \(backOff.deaths) deaths, tried next at \(next.text)")
        } else {
            say("\(ward.name) runs again after \(backOff.deaths) deaths, and is watched")
        }
    }
}

extension Supervisor {
    /// Into the app's log, and into the events unless they are full of this instance already.
    func tellOutOfMemory(_ ward: Ward, isDead: Bool) async throws {
        let name = ward.instance.name
        let text =
            isDead
            ? "\(name) was killed: out of memory, \(ward.limitWords)"
            : "a process of \(name) was killed: out of memory, \(ward.limitWords); \(name) goes on"
        say("\(ward.app.name) \(text)")
        Logs(on: host).note(text, about: ward.instance)
        let (id, now) = (ward.instance.id, host.time.now())
        let event = Event(at: now, app: ward.app, caller: host.caller.name, name: "out-of-memory", detail: text)
        try await host.store.write { database in
            let deaths = try ServeTable.find(id, database)?.deaths ?? 0
            if deaths < BackOff.notable { try HostTable.record(event, database) }
        }
        await Hooks(on: host).tell(.instanceOutOfMemory, [ward.app.name.text, name], app: ward.app.name)
    }
}

extension InstanceState {
    var seen: BackOff.Seen {
        switch phase {
        case .running, .paused: .running
        case .restarting: .restarting
        case .created: .down(code: nil)
        case .exited(let code, _): .down(code: code)
        }
    }
}
