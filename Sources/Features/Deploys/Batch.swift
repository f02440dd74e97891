import Core

/// A place in the formation: `web.1`.
struct Slot: Sendable, Hashable {
    let type: ProcessType
    let ordinal: Int

    var name: String { "\(type).\(ordinal)" }
}

/// Instances that start side by side; those of the next batch start once all of this one are ready.
struct Batch: Sendable, Equatable {
    var slots: [Slot]
    /// Types whose old instances end before this batch starts.
    var endsFirst: Set<ProcessType> = []
    /// From 1.
    var number = 1
    var total = 1

    /// ` (2 of 3)`; nothing where there is only one.
    var words: String { total > 1 ? " (\(number) of \(total))" : "" }

    /// Whether people read of it: of many batches only some are told, the last always.
    var isTold: Bool { total <= 8 || number == total || number % ((total + 7) / 8) == 1 }

    /// Puts slots into batches.
    ///
    /// Each batch holds a few of every type, so that a type with many instances keeps no other waiting. What must end
    /// first comes last: until all others are ready, nothing of the old has ended.
    /// - Parameters:
    ///   - slots: In the order of the formation.
    ///   - atOnce: How many of a type start side by side; nil is all.
    ///   - most: The same by type, where the app itself says so (`max_parallel`); the smaller number holds.
    ///   - endingFirst: Types whose old instances end before new ones start; they are down, so they come back at once.
    /// - Returns: At least one batch, also where nothing is to be started.
    static func plan(
        _ slots: [Slot],
        atOnce: Int?,
        most: [ProcessType: Int] = [:],
        endingFirst: Set<ProcessType> = []
    ) -> [Batch] {
        var result = rounds(slots.filter { !endingFirst.contains($0.type) }) { type in
            min(atOnce ?? .max, most[type] ?? .max)
        }
        if !endingFirst.isEmpty {
            var late = rounds(slots.filter { endingFirst.contains($0.type) }) { most[$0] ?? .max }
            if late.isEmpty { late = [Batch(slots: [])] }
            late[0].endsFirst = endingFirst
            result += late
        }
        if result.isEmpty { result = [Batch(slots: [])] }
        for index in result.indices { (result[index].number, result[index].total) = (index + 1, result.count) }
        return result
    }

    private static func rounds(_ slots: [Slot], _ size: (ProcessType) -> Int) -> [Batch] {
        var seen: [ProcessType: Int] = [:]
        var batches: [Batch] = []
        for slot in slots {
            let round = seen[slot.type, default: 0] / max(1, size(slot.type))
            seen[slot.type, default: 0] += 1
            while batches.count <= round { batches.append(Batch(slots: [])) }
            batches[round].slots.append(slot)
        }
        return batches
    }
}

/// How many instances of each type have failed in a deploy, and whether that is still borne.
struct Allowance: Sendable {
    let threshold: Int
    private(set) var failed: [ProcessType: Int] = [:]

    init(threshold: Int) { self.threshold = threshold }

    /// Counts one failure; false when it is one too many.
    mutating func bears(_ type: ProcessType) -> Bool {
        failed[type, default: 0] += 1
        return failed[type, default: 0] <= threshold
    }
}
