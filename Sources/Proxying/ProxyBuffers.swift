/// The three sizes that nginx takes only together: the buffer for the head of an answer, the buffers for the rest, and
/// how much of them may be under way.
///
/// nginx refuses a configuration in which one does not fit the others, and what it puts in for one that is unset knows
/// nothing of them. So whoever sets one after the other would be refused at the first.
struct ProxyBuffers: Equatable {
    private static let page = 4096
    private static let number = 8

    let size: String
    let buffers: String
    let busy: String

    /// Takes what is set and makes the rest so that it fits; any part of three that fit makes three that fit.
    ///
    /// - Returns: Nil where nothing is set, or where a value is no size.
    init?(size: String?, buffers: String?, busy: String?) {
        guard size != nil || buffers != nil || busy != nil else { return nil }
        let head = size.flatMap(bytes)
        let limit = busy.flatMap(bytes)
        let words = buffers?.split(separator: " ") ?? []
        let count = words.first.flatMap { Int($0) }
        let each = words.last.flatMap { bytes(String($0)) }
        guard (head == nil) == (size == nil), (limit == nil) == (busy == nil), (each == nil) == (buffers == nil) else {
            return nil
        }
        // One of the buffers is not under way: it is being filled.
        let room = each.map { max(0, (count ?? 0) - 1) * $0 }
        let madeHead = head ?? min(Self.page, limit ?? .max, room ?? .max)
        let largest = max(madeHead, each ?? Self.page)
        let madeLimit = limit ?? room.map { max(largest, min(2 * largest, $0)) } ?? 2 * largest
        let share = (madeLimit + Self.number - 2) / (Self.number - 1)
        let pages = (share + Self.page - 1) / Self.page * Self.page
        self.size = size ?? sizeWords(madeHead)
        self.buffers = buffers ?? "\(Self.number) \(sizeWords(min(madeLimit, max(Self.page, pages))))"
        self.busy = busy ?? sizeWords(madeLimit)
    }
}

/// What `isQuantity` lets through as a size; nil for anything else.
private func bytes(_ text: String) -> Int? {
    let units: [UInt8: Int] = [
        UInt8(ascii: "k"): 1 << 10, UInt8(ascii: "m"): 1 << 20, UInt8(ascii: "g"): 1 << 30,
    ]
    guard let last = text.utf8.last else { return nil }
    guard let unit = units[last | 0x20] else { return Int(text) }
    return Int(text.dropLast()).map { $0 * unit }
}

private func sizeWords(_ bytes: Int) -> String { bytes % 1024 == 0 ? "\(bytes / 1024)k" : "\(bytes)" }
