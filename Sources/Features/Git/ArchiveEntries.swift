import Core
import Repositories

/// Checks the entries of a stranger's tar archive and turns them into parts of a commit.
///
/// No more entries and content than its limits; nothing absolute, nothing that climbs out, no link that leaves the
/// tree, no device. What lies in a `.git` folder is left out.
struct ArchiveEntries: Sendable {
    let limits: ArchiveLimits

    init(within limits: ArchiveLimits = .usual) { self.limits = limits }

    private var count = 0
    private var bytes: Int64 = 0
    private var isSkipping = false
    /// The names at the top of the archive.
    private var tops: Set<String> = []
    private var hasFileAtTop = false
    /// A link that goes up to the top of the archive: it leaves the tree when the one folder there is taken off.
    private var climber: String?

    /// - Throws: ``Failure`` with code ``FailureCode/badSource`` that names the entry.
    mutating func part(of event: TarEvent) throws -> TreePart? {
        switch event {
        case .entry(let header): try part(of: header)
        case .data(let bytes): isSkipping ? nil : .bytes(bytes)
        case .end: nil
        }
    }

    /// To be called at the end of the archive.
    func finish() throws {
        guard let climber, tops.count == 1, !hasFileAtTop else { return }
        throw Self.bad(climber, "it is a link that leads out of the archive's only folder")
    }

    private mutating func part(of header: TarHeader) throws -> TreePart? {
        count += 1
        guard count <= limits.entries else { throw limits.tooMany }
        isSkipping = true
        let parts = try names(of: header)
        guard !parts.isEmpty, !parts.contains(where: { $0.lowercased() == ".git" }) else { return nil }
        isSkipping = false
        let path = parts.joined(separator: "/")
        switch header.kind {
        case .folder: return nil
        case .file:
            // What an archive says of a size may be any number.
            guard header.size <= limits.bytes - bytes else { throw limits.tooLarge }
            bytes += header.size
            note(parts)
            return .file(path: path, size: header.size, isExecutable: header.mode & 0o111 != 0)
        case .symlink(let target):
            try check(target, of: parts, path)
            note(parts)
            return .link(path: path, target: target)
        case .hardlink: throw Self.bad(path, "it is a hard link; tar --hard-dereference packs it as a file")
        case .other: throw Self.bad(path, "it is neither a file nor a folder nor a link")
        }
    }

    private func names(of header: TarHeader) throws -> [String] {
        let parts = header.name.split(separator: "/").map(String.init)
        guard !header.name.hasPrefix("/") else { throw Self.bad(header.name, "it is absolute") }
        guard !parts.contains("..") else { throw Self.bad(header.name, "it climbs out with ..") }
        return parts.filter { $0 != "." }
    }

    private mutating func note(_ parts: [String]) {
        tops.insert(parts[0])
        if parts.count == 1 { hasFileAtTop = true }
    }

    private mutating func check(_ target: String, of parts: [String], _ path: String) throws {
        guard !target.hasPrefix("/") else {
            throw Self.bad(path, "it is a link to \(quoted(target)), which is absolute")
        }
        var depth = parts.count - 1
        for part in target.split(separator: "/") where part != "." {
            depth += part == ".." ? -1 : 1
            guard depth >= 0 else { throw Self.bad(path, "it is a link to \(quoted(target)), which leaves the tree") }
            if depth == 0, part == "..", climber == nil { climber = path }
        }
    }

    private static func bad(_ path: String, _ why: String) -> Failure {
        Failure(
            .badSource,
            "\(quoted(path)) of the archive cannot be taken",
            why: why,
            fix: "pack without it; nothing was changed"
        )
    }
}

/// How much an archive may hold.
struct ArchiveLimits: Sendable, Equatable {
    var entries: Int
    var bytes: Int64

    static let usual = ArchiveLimits(entries: 10_000, bytes: 1 << 30)

    fileprivate var tooMany: Failure {
        Failure(
            .badSource,
            "the archive has more than \(entries) entries",
            fix: "leave out what no build needs, or: slipway git:set --global archive-max-files NUMBER"
        )
    }

    var tooLarge: Failure {
        Failure(
            .badSource,
            "the archive holds more than \(bytes == 1 << 30 ? "1 GiB" : byteWords(bytes))",
            fix: "leave out what no build needs, or: slipway git:set --global archive-max-size BYTES"
        )
    }
}

extension Git {
    func archiveLimits() async throws -> ArchiveLimits {
        let values = try await Properties("git", on: host).all([Git.archiveFiles, Git.archiveSize], of: nil)
        return ArchiveLimits(
            entries: values[Git.archiveFiles.name].flatMap(Int.init) ?? ArchiveLimits.usual.entries,
            bytes: values[Git.archiveSize.name].flatMap(Int64.init) ?? ArchiveLimits.usual.bytes
        )
    }
}
