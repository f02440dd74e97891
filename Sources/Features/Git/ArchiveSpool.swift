import Core
import Files
import Glibc
import Programs
import Synchronization
import SystemPackage

/// A folder of its own below the cache, in which an archive is taken in and unpacked to one tar file.
///
/// Everything is counted as it comes, so that neither a large archive nor one that grows when it is unpacked fills the
/// disk.
final class ArchiveSpool: Sendable {
    let host: Host
    let folder: FilePath
    private let limits: ArchiveLimits
    private let sizes = Mutex<[String: Int64]>([:])

    init(on host: Host, within limits: ArchiveLimits = .usual) throws {
        self.host = host
        self.limits = limits
        folder = Scratch.archive.folder(on: host)
        try makeFolder(folder)
    }

    /// Removes all of it.
    func close() { try? removeTree(folder) }

    private var arrived: FilePath { folder.appending("arrived") }

    /// Takes in what comes on standard input.
    func take<Chunks: AsyncSequence>(_ chunks: Chunks) async throws where Chunks.Element == [UInt8] {
        for try await chunk in chunks { try append(chunk, to: "arrived") }
    }

    /// Fetches from a web server; the address stands in no process list.
    func fetch(_ url: ArchiveURL) async throws {
        let settings = "url = \"\(url.text)\"\n"
        let words = [
            "--config", "-", "--silent", "--show-error", "--fail", "--location", "--max-redirs", "5", "--proto",
            "=http,https", "--proto-redir", "=http,https", "--connect-timeout", "10", "--max-time", "900",
            "--speed-limit", "1", "--speed-time", "30", "--globoff",
        ]
        let outcome = try await host.programs.stream(Program("/usr/bin/curl", words, input: Array(settings.utf8))) {
            try self.append($0, to: "arrived")
        }
        guard outcome.ending.isSuccess else {
            throw Failure(
                .badSource,
                "the archive could not be fetched from \(url.server)",
                why: cleaned(outcome.errorText, keepTabs: false).trimmed,
                fix: "check the address, or send the file: ... -- < FILE"
            )
        }
    }

    /// The archive as a plain tar file.
    func unpacked(_ asked: ArchiveKind?) async throws -> ArchiveParts {
        let head = try start()
        guard !head.isEmpty else { throw Failure(.badSource, "the archive is empty") }
        switch asked ?? ArchiveKind(head: head) {
        case .tar: return ArchiveParts(path: arrived, within: limits)
        case .gzip: return try await piped(Program("/usr/bin/gzip", ["-dc", arrived.string]), "gzip")
        case .zip: return try await unzipped()
        }
    }

    /// A folder of this host as a plain tar file.
    func packed(_ source: FilePath) async throws -> ArchiveParts {
        try await piped(Program("/usr/bin/tar", ["-C", source.string, "-cf", "-", "--hard-dereference", "."]), "tar")
    }

    private func piped(_ program: Program, _ name: String) async throws -> ArchiveParts {
        let outcome = try await host.programs.stream(program) { try self.append($0, to: "plain.tar") }
        guard outcome.ending.isSuccess else { throw Self.unreadable(name, outcome) }
        return ArchiveParts(path: folder.appending("plain.tar"), within: limits)
    }

    /// Names and sizes are looked at before anything is written, for unzip itself knows no limits.
    private func unzipped() async throws -> ArchiveParts {
        guard access("/usr/bin/unzip", X_OK) == 0 else {
            throw Failure(
                .programFailed,
                "zip archives need unzip",
                why: "/usr/bin/unzip is not there",
                fix: "apt-get install unzip, or send a tar.gz"
            )
        }
        let list = try await host.programs.run(Program("/usr/bin/unzip", ["-Z1", arrived.string], limit: 16 << 20))
        guard list.ending.isSuccess else { throw Self.unreadable("unzip", list) }
        var entries = ArchiveEntries(within: limits)
        for name in list.text.split(separator: "\n") { _ = try entries.part(of: .entry(TarHeader(name: String(name)))) }
        let content = try await host.programs.stream(Program("/usr/bin/unzip", ["-p", arrived.string])) {
            try self.count($0.count, of: "content")
        }
        guard content.ending.isSuccess else { throw Self.unreadable("unzip", content) }
        let tree = folder.appending("tree")
        let outcome = try await host.programs.run(
            Program("/usr/bin/unzip", ["-qq", "-o", arrived.string, "-d", tree.string])
        )
        guard outcome.ending.isSuccess else { throw Self.unreadable("unzip", outcome) }
        return try await packed(tree)
    }

    private func append(_ bytes: [UInt8], to name: String) throws {
        try count(bytes.count, of: name)
        try appendToFile(folder.appending(name), bytes)
    }

    /// A tar file is a little longer than what it holds.
    private func count(_ bytes: Int, of name: String) throws {
        let total = sizes.withLock { sizes in
            sizes[name, default: 0] += Int64(bytes)
            return sizes[name] ?? 0
        }
        // Of each entry a tar has its head and less than a block of padding more.
        guard total <= limits.bytes + Int64(limits.entries) * 2048 + 32 << 20 else { throw limits.tooLarge }
    }

    private func start() throws -> [UInt8] {
        guard access(arrived.string, F_OK) == 0 else { return [] }
        let file = try FileDescriptor.open(arrived, .readOnly, options: [.closeOnExec])
        var buffer = [UInt8](repeating: 0, count: 4)
        let count = try file.closeAfter { try buffer.withUnsafeMutableBytes { try file.read(into: $0) } }
        return Array(buffer[..<count])
    }

    private static func unreadable(_ program: String, _ outcome: Outcome) -> Failure {
        let words = (outcome.errorText.split(separator: "\n").first ?? "it ended with \(outcome.ending.status)")
        return Failure(
            .badSource,
            "the archive cannot be unpacked",
            why: "\(program): \(cleaned(String(words), keepTabs: false))"
        )
    }
}

/// How an archive is packed.
enum ArchiveKind: String, Sendable, CaseIterable {
    case tar
    case gzip = "tar.gz"
    case zip

    /// By its first bytes (RFC 1952 §2.3.1; APPNOTE.TXT 4.3.7).
    init(head: [UInt8]) {
        self = head.starts(with: [0x1f, 0x8b]) ? .gzip : head.starts(with: Array("PK".utf8)) ? .zip : .tar
    }
}

/// A web address that may be fetched.
struct ArchiveURL: Sendable, Equatable {
    let text: String

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(_ text: String) throws {
        let lowered = text.lowercased()
        let isWeb = lowered.hasPrefix("https://") || lowered.hasPrefix("http://")
        let allowed = text.utf8.allSatisfy { (0x21...0x7e).contains($0) && !"\"\\<>^`{|}".utf8.contains($0) }
        self.text = text
        guard isWeb, allowed, text.utf8.count <= 4096, !server.isEmpty else {
            throw Failure.malformed(
                "\(quoted(text)) is not an http or https address",
                fix: "or send the archive: -- < FILE"
            )
        }
    }

    /// The server without name and password; empty when none is named.
    var server: String {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let authority = (parts.count > 2 ? parts[2] : "").prefix { $0 != "?" && $0 != "#" }
        return String(authority.split(separator: "@").last ?? "")
    }

    /// The last part of the path, as a commit's message has it.
    var file: String {
        let path = text.prefix { $0 != "?" && $0 != "#" }
        return String(path.split(separator: "/").dropFirst(2).last ?? "archive")
    }
}
