import Core
import Programs

/// The large blobs of one repository, one after the other, from a single `git cat-file --batch`.
///
/// Git is given all ids at once and runs no further ahead than its pipe: it waits while nobody asks. It ends with its
/// feed, whether or not everything was read.
final class BlobFeed: Sendable {
    private let handoff: Handoff
    private let runner: Task<Void, Never>

    init(_ store: BlobStore, ids: [String]) {
        let handoff = Handoff()
        let program = Program(
            store.git,
            ["-c", "core.bigFileThreshold=1m", "--git-dir=\(store.reader.path)", "cat-file", "--batch"],
            environment: .exactly(GitEnvironment.plain),
            input: Array(ids.map { $0 + "\n" }.joined().utf8)
        )
        self.handoff = handoff
        runner = Task {
            do {
                let outcome = try await store.programs.stream(program) { try await handoff.give($0) }
                guard outcome.ending.isSuccess else {
                    let status = outcome.ending.status
                    throw GitError.programFailed(doing: "reading a file", status: status, words: outcome.errorText)
                }
                handoff.finish(nil)
            } catch {
                handoff.finish(error)
            }
        }
    }

    deinit { runner.cancel() }

    /// The next piece of git's output; nil at its end.
    func piece() async throws -> [UInt8]? { try await handoff.take() }
}

/// Cuts the output of `git cat-file --batch` back into blobs.
struct BlobCutter {
    private let feed: BlobFeed
    private var rest: ArraySlice<UInt8> = []
    private var left: Int64 = 0

    init(_ feed: BlobFeed) { self.feed = feed }

    /// Goes to the next blob, which must be this one: its `<id> blob <size>` line.
    mutating func open(_ entry: Snapshot.Entry) async throws {
        var line: [UInt8] = []
        while line.last != UInt8(ascii: "\n") {
            guard line.count < 200 else { throw GitError.badTree(path: entry.path, why: "git answered something odd") }
            line.append(try await byte())
        }
        let words = String(decoding: line.dropLast(), as: UTF8.self)
        guard words == "\(entry.id) blob \(entry.size)" else {
            throw GitError.badTree(path: entry.path, why: "git answered \(quoted(words))")
        }
        left = entry.size
    }

    /// The next piece of the blob that is open; nil at its end.
    mutating func next() async throws -> [UInt8]? {
        guard left > 0 else {
            _ = try await byte()
            return nil
        }
        try await fill()
        let piece = rest.prefix(Int(min(left, Int64(rest.count))))
        rest = rest.dropFirst(piece.count)
        left -= Int64(piece.count)
        return Array(piece)
    }

    private mutating func byte() async throws -> UInt8 {
        try await fill()
        return rest.removeFirst()
    }

    private mutating func fill() async throws {
        while rest.isEmpty {
            guard let piece = try await feed.piece() else {
                throw GitError.programFailed(doing: "reading a file", status: 0, words: "it ended too early")
            }
            rest = piece[...]
        }
    }
}

/// What git is given as its environment.
enum GitEnvironment {
    /// For commands that need nothing of this machine: no configuration but the repository's own.
    static let plain = [
        "PATH": "/usr/bin:/bin", "LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
    ]
}
