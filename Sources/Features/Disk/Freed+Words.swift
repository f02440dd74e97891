import Core

extension Freed {
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
