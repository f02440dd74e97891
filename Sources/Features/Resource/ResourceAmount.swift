import Core

/// Amounts as people write them.
enum ResourceAmount {
    /// Less than this the engine takes for no limit of memory.
    private static let leastMemory: Int64 = 6 << 20

    /// Bytes: a number of MiB, or with `b`, `k`, `m` or `g` behind it (Dokku's and Docker's rule).
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    static func memory(_ text: String) throws -> Int64 {
        let units: [Character: Int64] = ["b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30]
        let unit = text.last.flatMap { units[Character($0.lowercased())] }
        let digits = unit == nil ? text : String(text.dropLast())
        guard !digits.isEmpty, digits.utf8.allSatisfy(\.isDigit), let number = Int64(digits) else {
            throw Failure.malformed(
                "\(quoted(text)) is not an amount of memory",
                fix: "write 512 or 512m for 512 MiB, or use b, k or g"
            )
        }
        let (bytes, isTooMuch) = number.multipliedReportingOverflow(by: unit ?? 1 << 20)
        guard !isTooMuch, bytes >= leastMemory, bytes <= 1 << 50 else {
            throw Failure.malformed("\(quoted(text)) of memory cannot be", fix: "6m is the least the engine takes")
        }
        return bytes
    }

    /// The same amount in the largest unit that holds it exactly; reads back as the same.
    static func text(memory bytes: Int64) -> String {
        for (unit, size) in [("g", Int64(1) << 30), ("m", 1 << 20), ("k", 1 << 10)] where bytes % size == 0 {
            return "\(bytes / size)\(unit)"
        }
        return "\(bytes)b"
    }

    /// Memory and swap together; `-1` is as much swap as there is.
    static func swap(_ text: String) throws -> Int64 { try text == "-1" ? -1 : memory(text) }

    static func text(swap bytes: Int64) -> String { bytes == -1 ? "-1" : Self.text(memory: bytes) }

    /// Billionths of a core from a decimal number of cores, 0.01 to 1024.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    static func cpu(_ text: String) throws -> Int64 {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let fraction = parts.count == 2 ? parts[1] : ""
        guard let whole = parts.first, !whole.isEmpty || !fraction.isEmpty, whole.utf8.count <= 4,
            fraction.utf8.count <= 9,
            (whole + fraction).utf8.allSatisfy(\.isDigit), parts.count == 1 || !fraction.isEmpty,
            let nanos = Int64(whole + fraction + String(repeating: "0", count: 9 - fraction.utf8.count)),
            (10_000_000...1024 * 1_000_000_000).contains(nanos)
        else {
            throw Failure.malformed(
                "\(quoted(text)) is not a number of cores",
                fix: "write 0.5 or 2; 0.01 is the least"
            )
        }
        return nanos
    }

    static func text(cpu nanos: Int64) -> String {
        var fraction = "\(nanos % 1_000_000_000)"
        fraction = String(repeating: "0", count: 9 - fraction.count) + fraction
        while fraction.last == "0" { fraction.removeLast() }
        let whole = nanos / 1_000_000_000
        return fraction.isEmpty ? "\(whole)" : "\(whole).\(fraction)"
    }

    /// Whole things.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    static func count(_ text: String) throws -> Int64 {
        guard let number = Int64(text), (1...64).contains(number) else {
            throw Failure.malformed("\(quoted(text)) is not a number from 1 to 64")
        }
        return number
    }

    /// A number with `b`, `k`, `m` or `g` behind it, kept as it is.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    static func bandwidth(_ text: String) throws -> String {
        let unit = text.drop { $0.isASCII && $0.isNumber }
        let digits = text.dropLast(unit.count)
        guard (1...12).contains(digits.utf8.count),
            ["", "b", "k", "m", "g", "kb", "mb", "gb"].contains(unit.lowercased())
        else { throw Failure.malformed("\(quoted(text)) is not a bandwidth", fix: "write 20m, or a bare number") }
        return text
    }
}
