import Dispatch

/// Runs an actor on a thread of its own choosing instead of the shared pool.
///
/// libgit2 blocks in reads and inflates for as long as it takes; on the pool, which has one thread per core, that would
/// hold up everything else the program does.
final class QueueExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "slipway.git")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
