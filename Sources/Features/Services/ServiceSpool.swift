import Core
import Crypto
import Files
import SystemPackage

/// A dump in a file of ours: whole under its name, or not there.
struct ServiceSpool: Sendable {
    struct Facts: Sendable, Equatable {
        var bytes: Int64
        /// SHA-256 in hex.
        var checksum: String
    }

    let path: FilePath

    init(_ path: FilePath) { self.path = path }

    /// Dumps into the file.
    ///
    /// - Throws: ``Failure`` when the program did not end well, or said nothing at all; nothing is left then.
    @discardableResult
    func fill(from inside: ServiceInside) async throws -> Facts {
        let writer = try FileWriter(path)
        do {
            let facts = try await inside.sendDump { try await writer.write($0) }
            try await writer.finish()
            return facts
        } catch {
            await writer.abandon()
            throw error
        }
    }

    /// Restores from the file.
    func pour(into inside: ServiceInside) async throws {
        let reader = try FileReader(path)
        try await inside.stream(.restore, from: { try await reader.next() }, to: { _ in })
    }

    /// - Throws: ``Failure`` when it is not what was written.
    func check(_ facts: Facts) async throws {
        let (reader, sum) = (try FileReader(path), ServiceSum())
        while let bytes = try await reader.next() { await sum.add(bytes) }
        guard await sum.facts == facts else {
            throw Failure(.disk, "\(path) is not what was written there", why: "its checksum is another")
        }
    }

    func remove() async throws {
        try removeFile(path)
        try removeFile(FilePath(path.string + FileWriter.ending))
    }
}

extension ServiceInside {
    /// Dumps to `sink`.
    ///
    /// - Returns: What went there.
    /// - Throws: ``Failure`` when the program did not end well, or said nothing at all.
    func sendDump(to sink: @escaping Sink) async throws -> ServiceSpool.Facts {
        let sum = ServiceSum()
        try await stream(.dump) { bytes in
            await sum.add(bytes)
            try await sink(bytes)
        }
        let facts = await sum.facts
        guard facts.bytes > 0 else {
            throw Failure(.programFailed, "dump of \(service.title) failed", why: "it is empty")
        }
        return facts
    }
}

/// Counts and sums up what passes.
private actor ServiceSum {
    private var hash = SHA256()
    private var count: Int64 = 0

    func add(_ bytes: [UInt8]) {
        hash.update(data: bytes)
        count += Int64(bytes.count)
    }

    var facts: ServiceSpool.Facts {
        .init(bytes: count, checksum: hash.finalize().hex)
    }
}
