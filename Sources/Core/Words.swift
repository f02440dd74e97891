/// Text of others without control characters, so that it can move no cursor and forge no line.
///
/// - Parameters:
///   - text: What an app, a build or a stranger wrote.
///   - keepTabs: Whether a tab stays a tab.
/// - Returns: The text with escape sequences and C0, DEL and C1 controls removed.
package func cleaned(_ text: String, keepTabs: Bool = true) -> String {
    if text.utf8.allSatisfy({ (0x20..<0x7f).contains($0) }) { return text }
    guard text.unicodeScalars.contains(where: { $0.isControl && !(keepTabs && $0 == "\t") }) else { return text }
    var result = String.UnicodeScalarView()
    var scalars = text.unicodeScalars.makeIterator()
    while let scalar = scalars.next() {
        if scalar == "\u{1b}" {
            skipEscape(&scalars)
        } else if !scalar.isControl || (keepTabs && scalar == "\t") {
            result.append(scalar)
        }
    }
    return String(result)
}

/// Passes over the rest of an escape sequence (ECMA-48 §5.4): CSI up to its final byte, OSC up to BEL or ST.
private func skipEscape(_ scalars: inout String.UnicodeScalarView.Iterator) {
    switch scalars.next() {
    case "[":
        while let next = scalars.next() { if (0x40...0x7e).contains(next.value) { return } }
    case "]", "P", "^", "_", "X":
        var last: Unicode.Scalar?
        while let next = scalars.next() {
            if next == "\u{07}" || (last == "\u{1b}" && next == "\\") { return }
            last = next
        }
    default: return
    }
}

extension Unicode.Scalar {
    fileprivate var isControl: Bool { value < 0x20 || (0x7f...0x9f).contains(value) }
}

/// A stranger's word in quotes, shortened and without controls, for use inside a sentence.
package func quoted(_ text: String) -> String {
    let clean = cleaned(text, keepTabs: false)
    return clean.count > 60 ? "\"\(clean.prefix(57))...\"" : "\"\(clean)\""
}

extension Comparable {
    /// The nearest that lies within a range.
    package func clamped(to range: ClosedRange<Self>) -> Self { min(max(self, range.lowerBound), range.upperBound) }
}

extension Duration {
    /// Seconds as a floating-point number.
    package var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }

    /// Whole milliseconds.
    package var milliseconds: Int { Int((seconds * 1000).rounded()) }

    /// As people read it: `0.7 s`, `22.4 s`, `3 min 5 s`.
    package var words: String {
        let tenths = Int((seconds * 10).rounded())
        guard tenths >= 1200 else { return "\(tenths / 10).\(tenths % 10) s" }
        return "\(tenths / 600) min \(tenths % 600 / 10) s"
    }
}

/// A number of bytes as people read it: `512 B`, `84 MB`, `1.2 GB` (powers of ten, as disks are sold).
package func byteWords(_ bytes: Int64) -> String {
    let magnitude = bytes.magnitude
    guard magnitude >= 1000 else { return "\(bytes) B" }
    var unit = 1000.0
    for name in ["kB", "MB", "GB", "TB"] {
        let value = Double(bytes) / unit
        if value.magnitude < 999.5 || name == "TB" {
            let tenths = Int((value * 10).rounded())
            return value.magnitude < 10
                ? "\(tenths / 10).\(abs(tenths % 10)) \(name)" : "\(Int(value.rounded())) \(name)"
        }
        unit *= 1000
    }
    return "\(bytes) B"
}

extension String {
    /// Puts words in place of scalars, also of one that makes a character with a mark behind it: whoever reads the text
    /// goes by bytes, and to him it is what it always was.
    package func replacing(scalars words: [Unicode.Scalar: String]) -> String {
        unicodeScalars.reduce(into: "") { $0.unicodeScalars += (words[$1] ?? String($1)).unicodeScalars }
    }

    /// In double quotes, with a `\` before each `"` and `\` of its own.
    package var inDoubleQuotes: String { "\"\(replacing(scalars: ["\\": "\\\\", "\"": "\\\""]))\"" }

    /// Without white space at either end.
    package var trimmed: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }

    /// Filled with blanks on the right to at least `width` characters.
    package func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }

    /// Filled with blanks on the left to at least `width` characters.
    package func leftPadded(to width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}

/// Rows as columns two blanks apart; the last column is not padded.
package func table(_ rows: [[String]]) -> [String] {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
        rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
        row.enumerated().map { index, cell in
            index == row.count - 1 ? cell : cell.padded(to: widths[index])
        }.joined(separator: "  ")
    }
}
