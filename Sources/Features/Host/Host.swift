package import Building
package import Core
package import Engine
package import Probes
package import Programs
package import Proxying
package import Repositories
package import Scheduling
package import Store

/// What nouns may reach for: built once per process, passed by hand, replaced whole in tests.
///
/// It has no methods; the day it wants one, that method belongs to a noun.
package struct Host: Sendable {
    package var store: Store
    package var engine: Engine
    package var scheduler: any Scheduler
    package var builders: Builders
    package var repositories: Repositories
    package var proxy: any Proxy
    package var probes: Probes
    package var programs: Programs
    package var output: Output
    package var time: Time
    /// Random text of 14 characters of `0-9 a-v`.
    package var newID: @Sendable () -> String
    package var paths: Paths
    package var settings: HostSettings
    package var caller: Caller

    package init(
        store: Store,
        engine: Engine,
        scheduler: any Scheduler,
        builders: Builders,
        repositories: Repositories,
        proxy: any Proxy,
        probes: Probes,
        programs: Programs,
        output: Output,
        time: Time,
        newID: @escaping @Sendable () -> String,
        paths: Paths,
        settings: HostSettings,
        caller: Caller
    ) {
        self.store = store
        self.engine = engine
        self.scheduler = scheduler
        self.builders = builders
        self.repositories = repositories
        self.proxy = proxy
        self.probes = probes
        self.programs = programs
        self.output = output
        self.time = time
        self.newID = newID
        self.paths = paths
        self.settings = settings
        self.caller = caller
    }
}

/// The clock that waits, the one that measures, and the one that dates.
package struct Time: Sendable {
    package var clock: any Clock<Duration>
    /// Time that only rises, from some moment on.
    package var uptime: @Sendable () -> Duration
    package var now: @Sendable () -> Timestamp

    package init(
        clock: any Clock<Duration>,
        uptime: @escaping @Sendable () -> Duration,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.clock = clock
        self.uptime = uptime
        self.now = now
    }

    package static let real: Time = {
        let start = ContinuousClock.now
        return Time(clock: ContinuousClock(), uptime: { ContinuousClock.now - start }, now: { .now })
    }()
}

extension Host {
    /// The id of a new app, or of what has a lock and a journal as apps have.
    func newAppID() throws -> AppID { try AppID(String(newID().suffix(10))) }
}

/// Who is asking.
package struct Caller: Sendable, Equatable {
    /// The name of the ssh key, or of the user of this machine.
    package var name: String
    /// The row of the ssh key, when they come by ssh.
    package var key: Int64?
    /// Whether somebody who came by ssh is behind this, if through a hook of git or a program of a plugin.
    package var isRemote: Bool
    /// How long they wait for an app that somebody else works on; nil leaves it to the command.
    package var patience: Duration?
    /// The command they have typed; nil for what no command has begun.
    package var command: String?

    package init(name: String, key: Int64? = nil, isRemote: Bool = false) {
        self.name = name
        self.key = key
        self.isRemote = isRemote || key != nil
    }

    /// Who a process of ours said is asking when it started this one; nil where none did.
    static func named(by variable: (String) -> String?) -> Caller? {
        guard let name = variable("SLIPWAY_CALLER") else { return nil }
        // Any shell may have a NAME of its own.
        return Caller(name: name, isRemote: variable("NAME") == name)
    }
}
