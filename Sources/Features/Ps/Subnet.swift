import Core

/// An IPv4 network in CIDR form, as ranges of plain numbers.
struct Subnet: Sendable, Equatable {
    let base: UInt32
    let length: Int

    init?(_ text: String) {
        let parts = text.split(separator: "/")
        guard parts.count == 2, let length = Int(parts[1]), (0...32).contains(length),
            let base = Self.number(String(parts[0]))
        else { return nil }
        self.length = length
        self.base = length == 0 ? 0 : base & (UInt32.max << UInt32(32 - length))
    }

    init(base: UInt32, length: Int) {
        self.base = base
        self.length = length
    }

    var size: UInt64 { UInt64(1) << UInt64(32 - length) }
    var text: String { "\(Self.text(base))/\(length)" }

    func overlaps(_ other: Subnet) -> Bool {
        UInt64(base) < UInt64(other.base) + other.size && UInt64(other.base) < UInt64(base) + size
    }

    /// The half from which addresses are reserved, without the network's own and the gateway's.
    var reservable: [String] { (2..<UInt32(size / 2)).map { Self.text(base + $0) } }

    /// The half from which the engine may give addresses of its own accord.
    var floatingRange: String { Subnet(base: base + UInt32(size / 2), length: length + 1).text }

    var gateway: String { Self.text(base + 1) }

    static func text(_ number: UInt32) -> String {
        [24, 16, 8, 0].map { "\(number >> UInt32($0) & 0xff)" }.joined(separator: ".")
    }

    static func number(_ text: String) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var result: UInt32 = 0
        for part in parts {
            guard let byte = UInt8(part) else { return nil }
            result = result << 8 | UInt32(byte)
        }
        return result
    }

    /// The first private /20 that meets none of `taken`.
    ///
    /// Ranges that people and other tools rarely use come first.
    static func choose(avoiding taken: [Subnet]) -> Subnet? {
        let ranges: [(UInt32, Int)] = [(0xac18_0000, 8 * 16), (0x0ad0_0000, 16 * 16), (0xc0a8_0000, 16)]
        return first(of: 20, in: ranges, avoiding: taken)
    }

    /// A private /24 that meets none of `taken`.
    static func chooseSmall(avoiding taken: [Subnet]) -> Subnet? {
        first(of: 24, in: [(0x0ae0_0000, 16 * 256)], avoiding: taken)
    }

    /// The first of so many networks of a length from a start on.
    private static func first(of length: Int, in ranges: [(start: UInt32, count: Int)], avoiding taken: [Subnet])
        -> Subnet?
    {
        for range in ranges {
            for index in 0..<UInt32(range.count) {
                let candidate = Subnet(base: range.start + index << UInt32(32 - length), length: length)
                if !taken.contains(where: candidate.overlaps) { return candidate }
            }
        }
        return nil
    }
}
