/// Names with letters beyond ASCII in the form that DNS carries (RFC 3492).
enum Punycode {
    private static let (base, tMin, tMax, skew, damp) = (36, 1, 26, 38, 700)
    private static let digits = Array("abcdefghijklmnopqrstuvwxyz0123456789".utf8)

    /// The label without `xn--`; nil when a number would overflow.
    static func encoded(_ label: String) -> String? {
        let scalars = label.unicodeScalars.map { Int($0.value) }
        var output = scalars.filter { $0 < 0x80 }.map { UInt8($0) }
        let basic = output.count
        var (handled, next, delta, bias) = (basic, 0x80, 0, 72)
        if basic > 0 { output.append(UInt8(ascii: "-")) }
        while handled < scalars.count {
            guard let lowest = scalars.filter({ $0 >= next }).min() else { return nil }
            let (product, overflows) = (lowest - next).multipliedReportingOverflow(by: handled + 1)
            guard !overflows, product <= Int(Int32.max) - delta else { return nil }
            delta += product
            next = lowest
            for scalar in scalars {
                if scalar < next { delta += 1 }
                guard scalar == next else { continue }
                append(delta, bias, to: &output)
                bias = adapted(delta, handled + 1, isFirst: handled == basic)
                delta = 0
                handled += 1
            }
            delta += 1
            next += 1
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func append(_ delta: Int, _ bias: Int, to output: inout [UInt8]) {
        var rest = delta
        for step in stride(from: base, to: Int(Int32.max), by: base) {
            let threshold = min(max(step - bias, tMin), tMax)
            if rest < threshold { break }
            output.append(digits[threshold + (rest - threshold) % (base - threshold)])
            rest = (rest - threshold) / (base - threshold)
        }
        output.append(digits[rest])
    }

    private static func adapted(_ delta: Int, _ count: Int, isFirst: Bool) -> Int {
        var rest = isFirst ? delta / damp : delta / 2
        rest += rest / count
        var steps = 0
        while rest > (base - tMin) * tMax / 2 {
            rest /= base - tMin
            steps += base
        }
        return steps + (base - tMin + 1) * rest / (rest + skew)
    }
}

extension DomainName {
    /// A name as people write it: letters of any language become their form in DNS, `*.` and `_` stay.
    ///
    /// Lower case and composed letters are made first, as browsers do; full-width forms are not folded.
    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    package init(spoken text: String) throws(Failure) {
        if text.utf8.allSatisfy({ $0 < 0x80 }) {
            try self.init(text)
            return
        }
        let dots: Set<Unicode.Scalar> = [".", "\u{3002}", "\u{ff0e}", "\u{ff61}"]
        let labels = text.unicodeScalars.split(omittingEmptySubsequences: false) { dots.contains($0) }
        var names: [String] = []
        for label in labels {
            let folded = Self.composed(String(label).lowercased())
            if folded.utf8.allSatisfy({ $0 < 0x80 }) {
                names.append(folded)
                continue
            }
            guard Self.isWord(folded), let encoded = Punycode.encoded(folded) else {
                throw .malformed(
                    "\(quoted(text)) is not a domain name",
                    fix: "use letters, digits and '-', in labels joined by dots"
                )
            }
            names.append("xn--\(encoded)")
        }
        try self.init(names.joined(separator: "."))
    }

    /// Letters and digits of any language, not beginning with a mark.
    private static func isWord(_ label: String) -> Bool {
        let letters: Set<Unicode.GeneralCategory> = [.lowercaseLetter, .otherLetter, .modifierLetter, .decimalNumber]
        let marks: Set<Unicode.GeneralCategory> = [.nonspacingMark, .spacingMark]
        let scalars = label.unicodeScalars
        guard let first = scalars.first, !marks.contains(first.properties.generalCategory) else { return false }
        return scalars.allSatisfy { scalar in
            let kind = scalar.properties.generalCategory
            // Full-width and other compatibility forms would be another name than the one that is read.
            let isForm = (0xff00...0xffef).contains(scalar.value) || (0xfb00...0xfdff).contains(scalar.value)
            return !isForm && (scalar == "-" || letters.contains(kind) || marks.contains(kind))
        }
    }

    /// A letter and its marks as one scalar where there is one (NFC for living scripts): characters that are canonically
    /// equal are equal in Swift, so the one-scalar form is found by the other.
    private static func composed(_ text: String) -> String {
        guard text.contains(where: { $0.unicodeScalars.count > 1 }) else { return text }
        var result = ""
        for character in text {
            if character.unicodeScalars.count > 1, let whole = whole[character] {
                result.unicodeScalars.append(whole)
            } else {
                result.append(character)
            }
        }
        return result
    }

    private static let whole: [Character: Unicode.Scalar] = {
        let ranges: [ClosedRange<UInt32>] = [
            0xc0...0x24f, 0x386...0x4ff, 0x1e00...0x1fff, 0x3040...0x30ff, 0xac00...0xd7a3,
        ]
        let scalars = ranges.joined().compactMap { Unicode.Scalar($0) }
        return Dictionary(scalars.map { (Character($0), $0) }) { first, _ in first }
    }()
}
