import Core

/// A certificate and its key as they come by standard input: a tar, or PEM text with both.
struct CertsArchive: Sendable, Equatable {
    var certificates: [UInt8]
    var key: [UInt8]

    /// - Throws: ``Failure`` with code ``FailureCode/badCertificate`` or ``FailureCode/badSource``.
    init(_ bytes: [UInt8]) throws(Failure) {
        // A tar header is padded with zeros, PEM text has none.
        guard bytes.prefix(512).contains(0) else {
            (certificates, key) = (bytes, bytes)
            return
        }
        guard bytes.prefix(2) != [0x1f, 0x8b] else {
            throw Failure(.badCertificate, "the archive is compressed", fix: "send a plain tar: tar -c, without -z")
        }
        let files = try Self.files(in: bytes)
        certificates = try Self.only(".crt", in: files)
        key = try Self.only(".key", in: files)
    }

    private static func files(in bytes: [UInt8]) throws(Failure) -> [(name: String, bytes: [UInt8])] {
        var reader = TarReader()
        var files: [(name: String, bytes: [UInt8])] = []
        var isWanted = false
        for event in try reader.push(bytes) {
            switch event {
            case .entry(let header):
                isWanted = try wants(header)
                if isWanted { files.append((header.name, [])) }
            case .data(let piece): if isWanted { files[files.count - 1].bytes += piece }
            case .end: break
            }
        }
        try reader.finish()
        return files
    }

    /// Hidden names are passed over: a Mac puts `._server.crt` (AppleDouble) beside `server.crt`.
    private static func wants(_ header: TarHeader) throws(Failure) -> Bool {
        let parts = header.name.split(separator: "/").filter { $0 != "." }
        guard !header.name.hasPrefix("/"), !parts.contains("..") else {
            throw Failure(.badCertificate, "the archive holds the unsafe path \(quoted(header.name))")
        }
        switch header.kind {
        case .file: return !parts.contains { $0.hasPrefix(".") }
        case .folder: return false
        default: throw Failure(.badCertificate, "\(quoted(header.name)) in the archive is a link or a device")
        }
    }

    private static func only(_ suffix: String, in files: [(name: String, bytes: [UInt8])]) throws(Failure) -> [UInt8] {
        let found = files.filter { $0.name.lowercased().hasSuffix(suffix) }
        guard let first = found.first else {
            throw Failure(.badCertificate, "Tar archive is missing .\(suffix.dropFirst()) file", fix: packing)
        }
        guard found.count == 1 else {
            throw Failure(
                .badCertificate,
                "Tar archive contains more than one \(suffix) file",
                why: "it holds \(found.map { quoted($0.name) }.joined(separator: ", "))",
                fix: packing
            )
        }
        return first.bytes
    }

    private static let packing = "tar -c server.crt server.key"
}
