import Core
import Crypto

/// A page and what it needs, by names below its folder: `page.html`, `assets/logo.png`.
struct MaintenanceFiles: Sendable, Equatable {
    static let page = "page.html"
    static let assets = "assets"
    /// Names of the page in an archive; Dokku's people have the first.
    static let titles = ["maintenance.html", "index.html"]
    static let limit = 4 << 20

    let all: [String: [UInt8]]

    init(all: [String: [UInt8]]) { self.all = all }

    /// From what came on standard input: a page alone, or a tar with it and what it needs.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/malformed`` or ``FailureCode/badSource``.
    init(_ bytes: [UInt8]) throws(Failure) {
        guard !bytes.isEmpty else { throw .malformed("standard input is empty", fix: "give a page: ... < page.html") }
        guard bytes.prefix(2) != [0x1f, 0x8b] else {
            throw .malformed("the archive is compressed", fix: "send a plain tar: tar -c, without -z")
        }
        // A tar header is padded with zeros, a page has none.
        guard bytes.prefix(512).contains(0) else {
            guard String(validating: bytes, as: UTF8.self) != nil else {
                throw .malformed("the page is not UTF-8 text")
            }
            all = [Self.page: bytes]
            return
        }
        all = try Self.placed(try Self.files(in: bytes))
    }

    var bytes: Int { all.values.reduce(0) { $0 + $1.count } }

    /// Names the content: another page has another name, so its files are others too.
    var name: String {
        var hash = SHA256()
        for (name, bytes) in all.sorted(by: { $0.key < $1.key }) {
            hash.update(data: Array("\(name)\n\(bytes.count)\n".utf8))
            hash.update(data: bytes)
        }
        let digits = Array("0123456789abcdef")
        return String(hash.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }.prefix(24))
    }

    private static func files(in bytes: [UInt8]) throws(Failure) -> [String: [UInt8]] {
        var reader = TarReader()
        var files: [String: [UInt8]] = [:]
        var current: String?
        for event in try reader.push(bytes) {
            switch event {
            case .entry(let header):
                current = try name(header)
                if let current { files[current] = [] }
            case .data(let piece): if let current { files[current]?.append(contentsOf: piece) }
            case .end: break
            }
            guard files.count <= 500 else { throw .malformed("the archive holds more than 500 files") }
        }
        try reader.finish()
        return files
    }

    /// Hidden names are passed over: a Mac puts `._page.html` (AppleDouble) beside `page.html`.
    private static func name(_ header: TarHeader) throws(Failure) -> String? {
        let parts = header.name.split(separator: "/").filter { $0 != "." }
        guard !header.name.hasPrefix("/"), !parts.contains(".."), header.name.utf8.count <= 512,
            header.name == cleaned(header.name, keepTabs: false)
        else { throw Failure(.badSource, "the archive holds the unsafe path \(quoted(header.name))") }
        switch header.kind {
        case .file: return parts.isEmpty || parts.contains { $0.hasPrefix(".") } ? nil : parts.joined(separator: "/")
        case .folder: return nil
        default: throw Failure(.badSource, "\(quoted(header.name)) in the archive is a link or a device")
        }
    }

    /// The page by our name, everything else as it is asked for by browsers.
    private static func placed(_ files: [String: [UInt8]]) throws(Failure) -> [String: [UInt8]] {
        guard let title = titles.first(where: { files[$0] != nil }) else {
            throw .malformed(
                "there is no page in the archive",
                fix: "put maintenance.html or index.html at its top: tar -c maintenance.html logo.png"
            )
        }
        return Dictionary(
            files.map { ($0.key == title ? page : "\(assets)/\($0.key)", $0.value) },
            uniquingKeysWith: { first, _ in first }
        )
    }
}
