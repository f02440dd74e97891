import Core
import Engine
import Proxying
import Scheduling
import Synchronization
import SystemPackage

/// A proxy that remembers the sites it was told, and refuses when it is asked to.
final class RecordingProxy: Proxy, Sendable {
    private let state = Mutex<(sites: [String: Site], publications: Int, refusal: Failure?)>(([:], 0, nil))
    private let watcher = Mutex<Watcher?>(nil)

    init() {}

    /// From now on this is told before every publication: `publish 2` for a site with two upstreams.
    func watch(_ watcher: @escaping Watcher) { self.watcher.withLock { $0 = watcher } }

    var sites: [String: Site] { state.withLock { $0.sites } }
    var publications: Int { state.withLock { $0.publications } }

    /// From now on every publication fails with this; nil accepts again.
    func refuse(with failure: Failure?) { state.withLock { $0.refusal = failure } }

    func publish(_ sites: [Site]) async throws {
        for site in sites {
            try await watcher.withLock(\.self)?("publish \(site.mappings.first?.upstream.count ?? 0)")
        }
        try state.withLock { state in
            if let refusal = state.refusal { throw refusal }
            state.publications += 1
            for site in sites { state.sites[site.id] = site }
        }
    }

    /// The name and the names of a site, or what hooks have made of that.
    func text(for site: Site) throws -> String? {
        let plain = "# \(site.title) \(site.names.joined(separator: " "))\n"
        guard let amended = site.amended, amended.plain == plain else { return plain }
        return amended.text
    }

    private let reloaded = Mutex(0)
    var reloads: Int { reloaded.withLock(\.self) }

    func reload() async throws { reloaded.withLock { $0 += 1 } }

    /// Where files of people lie; nil keeps none.
    let folderOfSnippets = Mutex<FilePath?>(nil)

    func snippets(of id: String) -> FilePath? {
        folderOfSnippets.withLock(\.self)?.appending(id).appending("nginx.conf.d")
    }

    func withdraw(_ ids: [String]) async throws {
        state.withLock { state in for id in ids { state.sites[id] = nil } }
    }

    private let tried = Mutex<[Site]>([])

    /// The sites that were only asked about.
    var rehearsed: [Site] { tried.withLock(\.self) }

    func rehearse(_ sites: [Site]) async throws {
        if let refusal = state.withLock(\.refusal) { throw refusal }
        tried.withLock { $0 += sites }
    }

    func check() async throws {}
    func install() async throws {}
    func configuration(of id: String) throws -> String? { state.withLock { $0.sites[id].map { "# \($0.title)\n" } } }
    func isServing(_ site: Site) throws -> Bool { state.withLock { $0.sites[site.id] == site } }

    private let wrong = Mutex(ProxyAudit(sites: []))

    /// What an audit finds besides the sites.
    func find(_ change: (inout ProxyAudit) -> Void) { wrong.withLock { change(&$0) } }

    func audit() async throws -> ProxyAudit {
        var audit = wrong.withLock { $0 }
        audit.sites = sites.keys.sorted()
        return audit
    }
}

/// Is told what a maker is about to do, and keeps it from it by throwing.
typealias Watcher = @Sendable (String) async throws -> Void

/// A scheduler whose instances run until a test says otherwise.
final class RecordingScheduler: Scheduler, Sendable {
    struct Entry: Sendable {
        var workload: Workload
        var name: String
        var phase: InstanceState.Phase
        var policy: String
        var restarts = 0
        /// Networks it was brought into after it was made.
        var joined: [WorkloadNetwork] = []
    }

    private let state = Mutex<(entries: [String: Entry], count: Int, onStart: InstanceState.Phase)>(([:], 0, .running))
    private let watcher = Mutex<Watcher?>(nil)
    private let sessions = Mutex<(@Sendable (Workload) -> Session)?>(nil)
    private let ending = Mutex(0)
    private let listing = Mutex<(@Sendable () async throws -> Void)?>(nil)

    init() {}

    /// Happens just before the next list is made.
    func onNextList(_ work: @escaping @Sendable () async throws -> Void) { listing.withLock { $0 = work } }

    /// What somebody attends from now on.
    func onAttend(_ make: @escaping @Sendable (Workload) -> Session) { sessions.withLock { $0 = make } }

    /// The exit code that is waited for from now on.
    func endsWith(_ code: Int) { ending.withLock { $0 = code } }

    /// From now on this is told of every start and stop before it: `start c2`, `stop c1`.
    func watch(_ watcher: @escaping Watcher) { self.watcher.withLock { $0 = watcher } }

    var entries: [String: Entry] { state.withLock { $0.entries } }

    /// What an instance does when it is started.
    func onStart(_ phase: InstanceState.Phase) { state.withLock { $0.onStart = phase } }
    func set(_ phase: InstanceState.Phase, of handle: String) {
        state.withLock { $0.entries[handle]?.phase = phase }
    }

    /// Whether what has this address does not run.
    func isDown(_ address: String) -> Bool {
        state.withLock { state in
            let there = state.entries.values.filter { $0.workload.address == address }
            return !there.isEmpty && !there.contains { $0.phase == .running }
        }
    }

    func set(restarts: Int, of handle: String) {
        state.withLock { $0.entries[handle]?.restarts = restarts }
    }

    func create(_ workload: Workload) async throws -> String {
        state.withLock { state in
            state.count += 1
            let handle = "c\(state.count)"
            state.entries[handle] = Entry(
                workload: workload,
                name: workload.name,
                phase: .created,
                policy: workload.restartPolicy
            )
            return handle
        }
    }

    func start(_ handle: String) async throws {
        try await watcher.withLock(\.self)?("start \(handle)")
        state.withLock { $0.entries[handle]?.phase = $0.onStart }
    }
    func stop(_ handle: String, grace: Duration) async throws {
        try await watcher.withLock(\.self)?("stop \(handle)")
        set(.exited(code: 143, outOfMemory: false), of: handle)
    }
    func remove(_ handle: String) async throws { state.withLock { $0.entries[handle] = nil } }
    func setRestartPolicy(_ policy: String, of handle: String) async throws {
        state.withLock { $0.entries[handle]?.policy = policy }
    }
    func join(_ handle: String, _ networks: [WorkloadNetwork]) async throws {
        state.withLock { $0.entries[handle]?.joined += networks }
    }
    func rename(_ handle: String, to name: String) async throws {
        try state.withLock { state in
            // As the engine does.
            guard !state.entries.contains(where: { $0.key != handle && $0.value.name == name }) else {
                throw EngineError.refused(status: 409, message: "the name is in use", request: "rename")
            }
            state.entries[handle]?.name = name
        }
    }

    func inspect(_ handle: String) async throws -> InstanceState? {
        state.withLock { state in
            state.entries[handle].map { entry in
                var found = InstanceState(
                    handle: handle,
                    phase: entry.phase,
                    pid: Int32(handle.dropFirst()) ?? 1,
                    address: entry.workload.address,
                    restarts: entry.restarts,
                    error: ""
                )
                found.restartPolicy = entry.policy
                return found
            }
        }
    }

    func list(labels: [String: String]) async throws -> [ScheduledInstance] {
        let work = listing.withLock { next in
            defer { next = nil }
            return next
        }
        try await work?()
        return state.withLock { state in
            state.entries.filter { entry in labels.allSatisfy { entry.value.workload.labels[$0.key] == $0.value } }
                .map { handle, entry in
                    let mode: ScheduledInstance.Mode =
                        switch entry.phase {
                        case .running: .running
                        case .restarting: .restarting
                        case .paused: .paused
                        case .created, .exited: .down
                        }
                    var found = ScheduledInstance(
                        handle: handle,
                        name: entry.name,
                        labels: entry.workload.labels,
                        isRunning: mode == .running,
                        mode: mode
                    )
                    found.images = [entry.workload.image]
                    found.address = entry.workload.address
                    return found
                }
        }
    }

    private let said = Mutex("")

    /// What every instance has said.
    func says(_ text: String) { said.withLock { $0 = text } }

    private let stream = Mutex<AsyncThrowingStream<LogFrame, any Error>?>(nil)

    /// What whoever follows an instance is told, until its end.
    func goesOnSaying(_ frames: AsyncThrowingStream<LogFrame, any Error>) { stream.withLock { $0 = frames } }

    func logs(of handle: String, _ wish: LogWish) -> LogLines {
        if wish.follow, let frames = stream.withLock(\.self) {
            return LogLines(frames: frames, hasTimes: wish.timestamps)
        }
        let text = said.withLock(\.self)
        let line = wish.timestamps ? "2024-01-01T00:00:00.000000000Z \(text)" : text
        let frames = AsyncThrowingStream<LogFrame, any Error> { continuation in
            if !text.isEmpty { continuation.yield(LogFrame(stream: .stdout, bytes: Array(line.utf8))) }
            continuation.finish()
        }
        return LogLines(frames: frames, hasTimes: wish.timestamps)
    }
    func execute(_ command: [String], in handle: String, within limit: Duration) async throws -> Int { 0 }
    func wait(for handle: String) async throws -> Int { ending.withLock(\.self) }
    func attend(_ workload: Workload) async throws -> Session {
        guard let make = sessions.withLock(\.self) else { throw Failure(.engineRefused, "nothing to attend") }
        return make(workload)
    }

    /// Programs inside instances.
    let programs = FakePrograms()
    func enter(_ handle: String, _ program: EnteringProgram) async throws -> Session {
        try programs.enter(handle, program)
    }
}
