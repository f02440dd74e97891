import Core
import Engine
import Proxying
import Scheduling
import Synchronization

/// A proxy that remembers the sites it was told, and refuses when it is asked to.
final class RecordingProxy: Proxy, Sendable {
    private let state = Mutex<(sites: [String: Site], publications: Int, refusal: Failure?)>(([:], 0, nil))

    init() {}

    var sites: [String: Site] { state.withLock { $0.sites } }
    var publications: Int { state.withLock { $0.publications } }

    /// From now on every publication fails with this; nil accepts again.
    func refuse(with failure: Failure?) { state.withLock { $0.refusal = failure } }

    func publish(_ sites: [Site]) async throws {
        try state.withLock { state in
            if let refusal = state.refusal { throw refusal }
            state.publications += 1
            for site in sites { state.sites[site.id] = site }
        }
    }

    func withdraw(_ ids: [String]) async throws {
        state.withLock { state in for id in ids { state.sites[id] = nil } }
    }

    func check() async throws {}
    func install() async throws {}
    func configuration(of id: String) throws -> String? { state.withLock { $0.sites[id].map { "# \($0.title)\n" } } }
    func isServing(_ site: Site) throws -> Bool { state.withLock { $0.sites[site.id] == site } }
}

/// A scheduler whose instances run until a test says otherwise.
final class RecordingScheduler: Scheduler, Sendable {
    struct Entry: Sendable {
        var workload: Workload
        var name: String
        var phase: InstanceState.Phase
        var policy: String
    }

    private let state = Mutex<(entries: [String: Entry], count: Int, onStart: InstanceState.Phase)>(([:], 0, .running))

    init() {}

    var entries: [String: Entry] { state.withLock { $0.entries } }

    /// What an instance does when it is started.
    func onStart(_ phase: InstanceState.Phase) { state.withLock { $0.onStart = phase } }
    func set(_ phase: InstanceState.Phase, of handle: String) {
        state.withLock { $0.entries[handle]?.phase = phase }
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

    func start(_ handle: String) async throws { state.withLock { $0.entries[handle]?.phase = $0.onStart } }
    func stop(_ handle: String, grace: Duration) async throws {
        set(.exited(code: 143, outOfMemory: false), of: handle)
    }
    func remove(_ handle: String) async throws { state.withLock { $0.entries[handle] = nil } }
    func setRestartPolicy(_ policy: String, of handle: String) async throws {
        state.withLock { $0.entries[handle]?.policy = policy }
    }
    func rename(_ handle: String, to name: String) async throws {
        state.withLock { $0.entries[handle]?.name = name }
    }

    func inspect(_ handle: String) async throws -> InstanceState? {
        state.withLock { state in
            state.entries[handle].map {
                InstanceState(
                    handle: handle,
                    phase: $0.phase,
                    pid: 1,
                    address: $0.workload.address,
                    restarts: 0,
                    error: ""
                )
            }
        }
    }

    func list(labels: [String: String]) async throws -> [ScheduledInstance] {
        state.withLock { state in
            state.entries.filter { entry in labels.allSatisfy { entry.value.workload.labels[$0.key] == $0.value } }
                .map {
                    ScheduledInstance(
                        handle: $0.key,
                        name: $0.value.name,
                        labels: $0.value.workload.labels,
                        isRunning: $0.value.phase == .running
                    )
                }
        }
    }

    func logs(of handle: String, _ wish: LogWish) -> LogLines {
        LogLines(frames: AsyncThrowingStream { $0.finish() }, hasTimes: wish.timestamps)
    }
    func execute(_ command: [String], in handle: String, within limit: Duration) async throws -> Int { 0 }
    func wait(for handle: String) async throws -> Int { 0 }
}
