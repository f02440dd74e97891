/// Runs workloads somewhere: makes them, starts and ends them, and tells how they are.
///
/// A handle is the scheduler's own name for a running thing; nobody outside reads meaning into it.
package protocol Scheduler: Sendable {
    /// Prepares an instance without starting it.
    func create(_ workload: Workload) async throws -> String
    func start(_ handle: String) async throws
    /// Asks it to end, and ends it after `grace`; one that is gone or stopped is fine.
    func stop(_ handle: String, grace: Duration) async throws
    /// Removes it with what it wrote; one that is gone is fine.
    func remove(_ handle: String) async throws
    /// Brings it into further networks, also while it runs; those it is in already are fine.
    func join(_ handle: String, _ networks: [WorkloadNetwork]) async throws
    /// What happens when it ends by itself: `no`, `always`, `unless-stopped`, `on-failure[:N]`.
    func setRestartPolicy(_ policy: String, of handle: String) async throws
    /// Gives it another name; one that has it already is fine, and so is one that is gone.
    func rename(_ handle: String, to name: String) async throws
    /// How it is now; nil when there is none.
    func inspect(_ handle: String) async throws -> InstanceState?
    /// All of ours with these labels, running or not, by handle.
    func list(labels: [String: String]) async throws -> [ScheduledInstance]
    func logs(of handle: String, _ wish: LogWish) -> LogLines
    /// Runs a command inside it without a terminal and tells its exit code; what it says is dropped.
    func execute(_ command: [String], in handle: String, within limit: Duration) async throws -> Int
    /// Waits until it ends; returns its exit code.
    func wait(for handle: String) async throws -> Int
    /// Makes and starts an instance whose streams are joined to the caller's; nothing is left of it at its end.
    func attend(_ workload: Workload) async throws -> Session
    /// Starts a program inside a running instance, joined to the caller's streams.
    func enter(_ handle: String, _ program: EnteringProgram) async throws -> Session
}

/// An instance as a listing shows it.
package struct ScheduledInstance: Sendable, Equatable {
    package var handle: String
    package var name: String
    package var labels: [String: String]
    package var isRunning: Bool
    package var mode: Mode
    /// What its image is known by: the name it was asked for by, and the id.
    package var images: Set<String> = []
    /// The one it has, or that is reserved for it while it does not run.
    package var address: String?

    package enum Mode: Sendable, Equatable {
        case running, restarting, paused, down
    }

    package init(
        handle: String,
        name: String,
        labels: [String: String],
        isRunning: Bool,
        mode: Mode? = nil
    ) {
        self.handle = handle
        self.name = name
        self.labels = labels
        self.isRunning = isRunning
        self.mode = mode ?? (isRunning ? .running : .down)
    }
}

extension Scheduler {
    /// Runs a workload to its end; nothing is left of it, whatever became of it.
    ///
    /// - Returns: Its exit code.
    package func run(_ workload: Workload) async throws -> Int { try await run(workload) { _, code in code } }

    /// The same; `look` is given its handle and its exit code while its log is still there.
    package func run<Value: Sendable>(
        _ workload: Workload,
        _ look: (String, Int) async throws -> Value
    ) async throws -> Value {
        let handle = try await create(workload)
        let result: Result<Value, any Error>
        do {
            try await start(handle)
            result = .success(try await look(handle, try await wait(for: handle)))
        } catch { result = .failure(error) }
        // Also where the caller waits no more.
        try await Task { try await remove(handle) }.value
        return try result.get()
    }

    /// The last lines of an instance's log, oldest first.
    package func lastLines(_ count: Int, of handle: String) async throws -> [LogLine] {
        var lines: [LogLine] = []
        for try await line in logs(of: handle, LogWish(tail: count, timestamps: true)) { lines.append(line) }
        return lines
    }
}
