/// What a tar entry is.
package enum TarKind: Equatable, Sendable {
    case file
    case folder
    case symlink(target: String)
    case hardlink(target: String)
    /// Devices, pipes and whatever else a type flag may say.
    case other(UInt8)
}

/// One entry of a tar archive, without its bytes.
package struct TarHeader: Equatable, Sendable {
    /// The path as it stands in the archive, unchecked; a folder's has no slash at its end.
    package var name: String
    /// Bytes that follow; 0 for everything but files.
    package var size: Int64
    /// Permission bits.
    package var mode: UInt16
    package var kind: TarKind
    /// Seconds since 1970; what lies outside the format's range is brought to its nearest end.
    package var modified: Int64

    package init(name: String, size: Int64 = 0, mode: UInt16 = 0o644, kind: TarKind = .file, modified: Int64 = 0) {
        self.name = name
        self.size = size
        self.mode = mode
        self.kind = kind
        self.modified = modified
    }
}

/// Writes the ustar format with pax records (POSIX.1-2017, pax, "Interchange Format"), owner 0 and no owner names.
///
/// An entry is ``header(_:)``, its bytes, ``padding(_:)`` of its size; an archive ends in ``end``. The same headers
/// always give the same bytes.
package enum Tar {
    package static let blockSize = 512

    /// Two blocks of zeros.
    package static let end = [UInt8](repeating: 0, count: 2 * blockSize)

    /// The zeros that fill the last block of `size` bytes of content.
    package static func padding(_ size: Int64) -> [UInt8] {
        let rest = Int(size % Int64(blockSize))
        return [UInt8](repeating: 0, count: rest == 0 ? 0 : blockSize - rest)
    }

    /// The blocks before an entry's bytes: one, or three and more where a name or size needs pax records.
    package static func header(_ header: TarHeader) -> [UInt8] {
        var name = Array(header.name.utf8)
        if header.kind == .folder, name.last != UInt8(ascii: "/") { name.append(UInt8(ascii: "/")) }
        let link = header.kind.target.map { Array($0.utf8) } ?? []
        var records: [UInt8] = []
        if needsRecord(name) { records += record("path", name) }
        if needsRecord(link) { records += record("linkpath", link) }
        if header.size > largestOctal { records += record("size", Array("\(header.size)".utf8)) }
        let own = block(
            name: name,
            mode: header.mode,
            size: min(header.size, largestOctal),
            flag: header.kind.flag,
            link: link,
            modified: min(max(header.modified, 0), largestOctal)
        )
        guard !records.isEmpty else { return own }
        let size = Int64(records.count)
        let flag = UInt8(ascii: "x")
        return block(name: Array("pax".utf8), mode: 0o644, size: size, flag: flag, link: [], modified: 0)
            + records + padding(size) + own
    }

    /// The largest number in eleven octal digits: 8 GiB less one byte, or a day in the year 2242.
    private static let largestOctal: Int64 = 0o777_7777_7777

    /// The field holds 100 bytes, and only pax records say which encoding a name has.
    private static func needsRecord(_ text: [UInt8]) -> Bool {
        text.count > 100 || text.contains { $0 >= 0x80 }
    }

    /// `length key=value\n`, where the length counts its own digits.
    private static func record(_ key: String, _ value: [UInt8]) -> [UInt8] {
        let rest = Array(" \(key)=".utf8) + value + [UInt8(ascii: "\n")]
        var length = rest.count + 1
        while "\(length)".utf8.count + rest.count != length { length += 1 }
        return Array("\(length)".utf8) + rest
    }

    private static func block(
        name: [UInt8],
        mode: UInt16,
        size: Int64,
        flag: UInt8,
        link: [UInt8],
        modified: Int64
    ) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: blockSize)
        func put(_ bytes: [UInt8], at offset: Int, limit: Int) {
            for (index, byte) in bytes.prefix(limit).enumerated() { block[offset + index] = byte }
        }
        put(name, at: 0, limit: 100)
        put(octal(Int64(mode), digits: 7), at: 100, limit: 8)
        put(octal(0, digits: 7), at: 108, limit: 8)
        put(octal(0, digits: 7), at: 116, limit: 8)
        put(octal(size, digits: 11), at: 124, limit: 12)
        put(octal(modified, digits: 11), at: 136, limit: 12)
        put(Array("        ".utf8), at: 148, limit: 8)
        block[156] = flag
        put(link, at: 157, limit: 100)
        put(Array("ustar\0".utf8) + Array("00".utf8), at: 257, limit: 8)
        put(octal(0, digits: 7), at: 329, limit: 8)
        put(octal(0, digits: 7), at: 337, limit: 8)
        put(octal(checksum(block), digits: 6) + [0], at: 148, limit: 8)
        return block
    }

    /// The sum of all bytes of a block whose checksum field is blank.
    static func checksum(_ block: [UInt8]) -> Int64 { block.reduce(into: Int64(0)) { $0 += Int64($1) } }

    private static func octal(_ number: Int64, digits: Int) -> [UInt8] {
        Array(String(number, radix: 8).leftPadded(to: digits).utf8.map { $0 == UInt8(ascii: " ") ? 0x30 : $0 })
    }
}

extension TarKind {
    package var target: String? {
        switch self {
        case .symlink(let target), .hardlink(let target): target
        case .file, .folder, .other: nil
        }
    }

    fileprivate var flag: UInt8 {
        switch self {
        case .file: UInt8(ascii: "0")
        case .hardlink: UInt8(ascii: "1")
        case .symlink: UInt8(ascii: "2")
        case .folder: UInt8(ascii: "5")
        case .other(let flag): flag
        }
    }
}
