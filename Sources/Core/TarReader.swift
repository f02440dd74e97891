/// What a reader found in the bytes it was given.
package enum TarEvent: Equatable, Sendable {
    case entry(TarHeader)
    /// Bytes of the entry named last, in order.
    case data([UInt8])
    /// The end mark; whatever follows it is not looked at.
    case end
}

/// Reads tar archives piece by piece: v7, ustar, pax, and GNU's long names and large sizes.
///
/// Nothing is checked but the format: names may be absolute or climb with `..`. Memory is bounded by the pieces given
/// and one extended header of at most 1 MiB.
package struct TarReader: Sendable {
    private enum State: Sendable {
        case header
        /// Bytes of an entry still to come.
        case content(Int64, padding: Int)
        /// Bytes of a header that speaks about the next entry, still to come.
        case extended(Int, padding: Int, flag: UInt8)
        case skipping(Int)
        case ended
    }

    private var state = State.header
    private var gathered: [UInt8] = []
    private var coming = TarOverrides()

    package init() {}

    /// Takes the next bytes, however they are cut.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/badSource`` when this is not a tar archive or a damaged one.
    package mutating func push(_ bytes: [UInt8]) throws(Failure) -> [TarEvent] {
        var events: [TarEvent] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            switch state {
            case .ended: return events
            case .skipping(let left):
                let skipped = min(left, rest.count)
                rest = rest.dropFirst(skipped)
                state = skipped == left ? .header : .skipping(left - skipped)
            case .content(let left, let padding):
                let piece = rest.prefix(Int(min(left, Int64(rest.count))))
                rest = rest.dropFirst(piece.count)
                events.append(.data(Array(piece)))
                pass(left - Int64(piece.count), padding)
            case .extended(let left, let padding, let flag):
                let piece = rest.prefix(left)
                rest = rest.dropFirst(piece.count)
                gathered += piece
                guard piece.count == left else {
                    state = .extended(left - piece.count, padding: padding, flag: flag)
                    continue
                }
                try coming.take(gathered, flag: flag)
                gathered = []
                state = padding == 0 ? .header : .skipping(padding)
            case .header:
                let piece = rest.prefix(Tar.blockSize - gathered.count)
                rest = rest.dropFirst(piece.count)
                gathered += piece
                if gathered.count == Tar.blockSize { try readHeader(&events) }
            }
        }
        return events
    }

    /// To be called when no more bytes come.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/badSource`` when the archive stops in the middle of an entry.
    package func finish() throws(Failure) {
        switch state {
        case .ended: return
        case .header where gathered.isEmpty && coming.isEmpty: return
        default: throw .badTar("it stops in the middle of an entry")
        }
    }

    private mutating func pass(_ left: Int64, _ padding: Int) {
        if left > 0 {
            state = .content(left, padding: padding)
        } else {
            state = padding == 0 ? .header : .skipping(padding)
        }
    }

    private mutating func readHeader(_ events: inout [TarEvent]) throws(Failure) {
        let block = TarBlock(bytes: gathered)
        gathered = []
        guard !block.isZero else {
            state = .ended
            events.append(.end)
            return
        }
        guard block.isWhole else { throw .badTar("the checksum of a header is wrong") }
        let stated = try block.size()
        let extendedFlags = [UInt8]("xgLKXV".utf8)
        if extendedFlags.contains(block.flag) {
            guard stated <= 1 << 20 else { throw .badTar("an extended header has \(stated) bytes") }
            let padding = Tar.padding(stated).count
            state = stated == 0 ? .header : .extended(Int(stated), padding: padding, flag: block.flag)
            return
        }
        let header = try coming.header(from: block, size: stated)
        coming = TarOverrides()
        events.append(.entry(header))
        pass(header.size, Tar.padding(header.size).count)
    }
}

/// What extended headers say about the entry after them.
private struct TarOverrides: Sendable {
    private var name: String?
    private var link: String?
    private var size: Int64?
    private var modified: Int64?

    var isEmpty: Bool { name == nil && link == nil && size == nil && modified == nil }

    /// A global pax header (`g`) and a volume label (`V`) say nothing about one entry's name or size, and are passed.
    mutating func take(_ bytes: [UInt8], flag: UInt8) throws(Failure) {
        switch flag {
        case UInt8(ascii: "L"): name = text(bytes)
        case UInt8(ascii: "K"): link = text(bytes)
        case UInt8(ascii: "x"), UInt8(ascii: "X"): try takeRecords(bytes)
        default: break
        }
    }

    /// Links, devices and folders have no bytes whatever their size field says (POSIX pax, "typeflag").
    func header(from block: TarBlock, size stated: Int64) throws(Failure) -> TarHeader {
        var name = self.name ?? block.name
        let link = self.link ?? block.link
        var kind: TarKind =
            switch block.flag {
            case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): name.hasSuffix("/") ? .folder : .file
            case UInt8(ascii: "1"): .hardlink(target: link)
            case UInt8(ascii: "2"): .symlink(target: link)
            case UInt8(ascii: "5"): .folder
            default: .other(block.flag)
            }
        if case .other(UInt8(ascii: "D")) = kind { kind = .folder }
        if kind == .folder, !name.isEmpty {
            // In one go: a pax name may be a million slashes.
            name = String(name[...(name.lastIndex { $0 != "/" } ?? name.startIndex)])
        }
        let isEmpty = [UInt8]("123456".utf8).contains(block.flag) || kind == .folder
        let size = isEmpty ? 0 : self.size ?? stated
        return TarHeader(
            name: name,
            size: size,
            mode: try block.mode(),
            kind: kind,
            modified: modified ?? block.modified
        )
    }

    private mutating func takeRecords(_ bytes: [UInt8]) throws(Failure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isDigit }
            guard let length = Int(String(decoding: digits, as: UTF8.self)), length > digits.count + 2,
                length <= rest.count, rest[rest.startIndex + digits.count] == UInt8(ascii: " ")
            else { throw .badTar("an extended header is malformed") }
            let record = rest.prefix(length).dropFirst(digits.count + 1).dropLast()
            rest = rest.dropFirst(length)
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else {
                throw .badTar("an extended header has a record without a value")
            }
            let value = String(decoding: record[(equals + 1)...], as: UTF8.self)
            switch String(decoding: record[..<equals], as: UTF8.self) {
            case "path": name = value
            case "linkpath": link = value
            case "size":
                guard let number = Int64(value), number >= 0 else { throw .badTar("a size is malformed") }
                size = number
            case "mtime": modified = Int64(value.prefix { $0 != "." })
            default: break
            }
        }
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
}

/// One header block as it stands.
private struct TarBlock {
    let bytes: [UInt8]

    var isZero: Bool { bytes.allSatisfy { $0 == 0 } }
    var flag: UInt8 { bytes[156] }
    var link: String { text(157..<257) }
    var modified: Int64 { (try? number(136..<148)) ?? 0 }

    /// Old writers summed signed bytes, so both sums count.
    var isWhole: Bool {
        guard let stated = try? number(148..<156) else { return false }
        var blank = bytes
        blank.replaceSubrange(148..<156, with: repeatElement(UInt8(ascii: " "), count: 8))
        return stated == Tar.checksum(blank) || stated == blank.reduce(into: 0) { $0 += Int64(Int8(bitPattern: $1)) }
    }

    /// The prefix field is POSIX's; GNU's own format keeps dates there.
    var name: String {
        let prefix = bytes[257..<263] == [UInt8]("ustar\0".utf8)[...] ? text(345..<500) : ""
        return prefix.isEmpty ? text(0..<100) : prefix + "/" + text(0..<100)
    }

    func mode() throws(Failure) -> UInt16 { UInt16(try number(100..<108) & 0o7777) }

    func size() throws(Failure) -> Int64 { try number(124..<136) }

    /// Octal digits, or GNU's base 256 when the first bit is set.
    private func number(_ range: Range<Int>) throws(Failure) -> Int64 {
        let field = bytes[range]
        guard bytes[range.lowerBound] & 0x80 == 0 else {
            var value: Int64 = Int64(bytes[range.lowerBound] & 0x7f)
            for byte in field.dropFirst() {
                guard value < 1 << 54 else { throw .badTar("a number is too large") }
                value = value << 8 | Int64(byte)
            }
            return value
        }
        let digits = field.drop { $0 == UInt8(ascii: " ") }.prefix { $0 != 0 && $0 != UInt8(ascii: " ") }
        guard !digits.isEmpty else { return 0 }
        guard let value = Int64(String(decoding: digits, as: UTF8.self), radix: 8), value >= 0 else {
            throw .badTar("a number is malformed")
        }
        return value
    }

    private func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[range].prefix { $0 != 0 }, as: UTF8.self)
    }
}

extension Failure {
    fileprivate static func badTar(_ why: String) -> Failure {
        Failure(.badSource, "this is not a tar archive that can be read", why: why)
    }
}
