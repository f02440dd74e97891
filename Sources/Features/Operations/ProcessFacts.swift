import Files
import SystemPackage

/// What `/proc/<pid>/stat` says of a process.
struct ProcessFacts: Sendable, Equatable {
    let process: Int32
    /// `R`, `S`, `T`, `Z` and their like.
    let state: Character
    let parent: Int32
    /// When the kernel started it, in ticks since boot; tells it from another that got the same id later.
    let start: String

    /// Nil when there is no such process.
    init?(of process: Int32) {
        guard let bytes = try? readFile(FilePath("/proc/\(process)/stat")) else { return nil }
        self.init(process, String(decoding: bytes, as: UTF8.self))
    }

    /// The second field may hold blanks and ends at the last parenthesis.
    init?(_ process: Int32, _ text: String) {
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 19, let state = fields[0].first, let parent = Int32(fields[1]) else { return nil }
        self.process = process
        self.state = state
        self.parent = parent
        start = String(fields[19])
    }

    /// It has ended, and only its parent has not looked yet: nothing of it is held any more.
    var isGone: Bool { state == "Z" || state == "X" }
    /// By SIGSTOP, a terminal or a debugger.
    var isStopped: Bool { state == "T" || state == "t" }

    /// Every process below one, children before their own children.
    static func descendants(of process: Int32) throws -> [ProcessFacts] {
        let all = try listFolder("/proc").compactMap { Int32($0) }.compactMap { ProcessFacts(of: $0) }
        let children = Dictionary(grouping: all, by: \.parent)
        var result: [ProcessFacts] = []
        var next = [process]
        while let parent = next.popLast() {
            let found = children[parent] ?? []
            result += found
            next += found.map(\.process)
        }
        return result
    }
}
