import Glibc
import SlipwayHooks

// slipway webhook:deliver: begun by the hooks in the background, and by the clock.

/// For so long a failed try is repeated from here; what takes longer is the clock's.
let patience = 600

/// Tries everything that is due.
///
/// - Returns: When the next is due; nil where nothing is left.
func round() throws -> Int? {
    for name in try hook.data.names(in: "queue") {
        guard var delivery = try Delivery(read: name) else {
            try hook.data.remove("queue/\(name)")
            continue
        }
        if delivery.due > time(nil) { continue }
        let reply = delivery.post()
        if reply.isSuccess || delivery.tries >= Delivery.pauses.count {
            if !reply.isSuccess { hook.warn("\(delivery.target.shown) did not take \(delivery.event): given up") }
            try hook.data.remove("queue/\(name)")
            continue
        }
        delivery.due = time(nil) + Delivery.pauses[delivery.tries]
        delivery.tries += 1
        try delivery.save()
    }
    return try hook.data.names(in: "queue").compactMap { try Delivery(read: $0)?.due }.min()
}

command.run { words in
    let isOnce = words.flag("--once")
    try words.end()
    let end = time(nil) + patience
    // Whoever comes while one delivers leaves his message to that one, which looks again before it goes.
    var isAgain = true
    while isAgain {
        isAgain = false
        let next = try hook.data.alone("deliver", waits: false) {
            var next = try round()
            while !isOnce, let due = next, due < end {
                sleep(UInt32(max(1, due - time(nil))))
                next = try round()
            }
            return next
        }
        guard next != nil else { return }
        isAgain = try hook.data.names(in: "queue").contains { try Delivery(read: $0).map { $0.due <= time(nil) } ?? false }
    }
}
