import Core

/// What a cleaning has done.
struct Freed: Sendable, Equatable {
    /// All of it, the build cache left out.
    var bytes: Int64 = 0
    /// Bytes of the engine's build cache.
    var cache: Int64 = 0
    var removed: [CleaningPlan.Removal] = []
    /// What the engine would not give, and why.
    var left: [String] = []

    static func += (sum: inout Freed, more: Freed) {
        sum.bytes += more.bytes
        sum.cache += more.cache
        sum.removed += more.removed
        sum.left += more.left
    }

    /// How many of each kind, in words: `2 images and 1 container`; nil when there is nothing.
    var words: String? {
        let kinds: [(CleaningPlan.Kind, String)] = [(.image, "image"), (.container, "container"), (.volume, "volume")]
        let parts = kinds.compactMap { kind, word -> String? in
            let count = Set(removed.filter { $0.kind == kind }.map { $0.image ?? $0.target }).count
            return count == 0 ? nil : "\(count) \(word)\(count == 1 ? "" : "s")"
        }
        return parts.isEmpty ? nil : parts.joined(separator: " and ")
    }

    /// What was done and how much is free by it, the build cache included: `Removed 2 images, 3.0 MB freed`; nil when
    /// there was nothing to do.
    var sentence: String? {
        let cut = cache > 0 ? "the build cache cut by \(byteWords(cache))" : nil
        let parts = [words.map { "Removed \($0)" }, cut].compactMap(\.self)
        guard !parts.isEmpty else { return nil }
        let text = parts.joined(separator: ", ")
        return "\(text.prefix(1).uppercased())\(text.dropFirst()), \(byteWords(bytes + cache)) freed"
    }
}
