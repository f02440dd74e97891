import Files
import Glibc
import SystemPackage

/// What an owner has started: every program of ours carries its owner's name in its environment, and whatever that
/// program starts carries it too.
///
/// So the kernel itself keeps the record of who belongs to whom: it cannot be lost with the owner, and no number in it
/// can mean another process later.
extension Owner {
    static let variable = "SLIPWAY_OWNER"

    /// As the environment of what it starts has it: boot, process and the start of that.
    var mark: String { "\(boot)/\(process)/\(processStart)" }

    /// Ends what a dead owner has started and what still runs, so that nothing of it acts beside its successor.
    ///
    /// What this user may not see or end is left: it ends with what it reads from.
    /// - Returns: How many were ended.
    @discardableResult
    func endChildren() throws -> Int {
        guard !isAlive else { return 0 }
        var ended: Set<Int32> = []
        // Whoever starts another just now is seen in the next round.
        while true {
            let found = try children().filter { !ended.contains($0) }
            if found.isEmpty { return ended.count }
            for child in found {
                ended.insert(child)
                kill(child, SIGKILL)
            }
        }
    }

    private func children() throws -> [Int32] {
        let line = Array("\(Self.variable)=\(mark)".utf8)
        return try listFolder("/proc").compactMap { Int32($0) }.filter { process in
            guard process != getpid(), let facts = ProcessFacts(of: process), !facts.isGone,
                let bytes = try? readFile(FilePath("/proc/\(process)/environ"))
            else { return false }
            return bytes.split(separator: 0).contains { $0.elementsEqual(line) }
        }
    }
}
