import Core
import Files
import Glibc
import SystemPackage

/// An nginx worker, told from any later process with its number by the moment it was started.
struct Worker: Codable, Hashable, Sendable {
    var pid: Int32
    /// Clock ticks since boot (proc_pid_stat(5), field 22).
    var start: UInt64
}

/// The workers that were told to stop when a generation took over, each written down once: whoever holds something older
/// is among them or among those of an earlier one.
private struct Succession: Codable {
    var generation: Int
    var older: [Worker]
}

extension Nginx {
    package func drainingWorkers() throws -> Int {
        guard let master = try master() else { return 0 }
        return workers(of: master).count(where: isShuttingDown)
    }

    package func hasWorkers(olderThan generation: Int) throws -> Bool {
        try successions().contains { $0.generation <= generation && $0.older.contains(where: isAlive) }
    }

    /// The process in the pid file if it is an nginx master; nil when none runs.
    func master() throws -> Int32? {
        guard let text = try text(of: layout.pidFile), let pid = Int32(text.trimmed), pid > 1 else { return nil }
        guard let title = title(of: pid) else {
            // A host may hide foreign processes (hidepid); then the pid file is believed.
            return kill(pid, 0) != 0 && errno == EPERM ? pid : nil
        }
        return title.contains("master process") ? pid : nil
    }

    /// Writes down whom a generation replaced, and forgets those that are gone.
    func remember(older: [Worker], than generation: Int) throws {
        let living = try successions().compactMap { succession in
            let workers = succession.older.filter(isAlive)
            return workers.isEmpty ? nil : Succession(generation: succession.generation, older: workers)
        }
        let known = Set(living.flatMap(\.older))
        let fresh = older.filter { !known.contains($0) && isAlive($0) }
        let last = fresh.isEmpty ? [] : [Succession(generation: generation, older: fresh)]
        try writeFile(layout.workers, encoded(living + last))
    }

    private func successions() throws -> [Succession] { try readFile(layout.workers).flatMap { decoded($0) } ?? [] }

    func workers(of master: Int32) -> [Worker] {
        children(of: master).compactMap { pid in stat(of: pid).map { Worker(pid: pid, start: $0.start) } }
    }

    func isAlive(_ worker: Worker) -> Bool { stat(of: worker.pid)?.start == worker.start }

    func isShuttingDown(_ worker: Worker) -> Bool { title(of: worker.pid)?.contains("is shutting down") == true }

    /// From the kernel's list; kernels without it have none, then every process is looked at.
    private func children(of parent: Int32) -> [Int32] {
        if let list = try? text(of: FilePath("/proc/\(parent)/task/\(parent)/children")) {
            return list.split(separator: " ").compactMap { Int32($0) }
        }
        return ((try? listFolder("/proc")) ?? []).compactMap { Int32($0) }.filter { stat(of: $0)?.parent == parent }
    }

    /// What nginx calls itself, as `ps` shows it; nil when the process is gone, hidden, or dead and not buried.
    private func title(of pid: Int32) -> String? {
        guard let text = try? text(of: FilePath("/proc/\(pid)/cmdline")), !text.isEmpty else { return nil }
        return text.replacing("\0", with: " ")
    }

    /// Who started a process and when; nil when it is gone, which a zombie is.
    ///
    /// The name in the second field may hold blanks and brackets; the last `)` ends it.
    private func stat(of pid: Int32) -> (parent: Int32, start: UInt64)? {
        guard let text = try? text(of: FilePath("/proc/\(pid)/stat")), let end = text.lastIndex(of: ")") else {
            return nil
        }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z", let parent = Int32(fields[1]), let start = UInt64(fields[19])
        else { return nil }
        return (parent, start)
    }
}
