import Core
import Files
import Scheduling
import SystemPackage

/// Our lines about instances, read on as their files grow.
struct NoteTail: Sendable {
    private var files: [FileTail]
    private let names: Set<String>
    /// A file that is cut is written anew, with lines that were told.
    private var told: Set<Substring> = []

    init(_ paths: [FilePath], about names: Set<String>) {
        files = paths.map { FileTail($0) }
        self.names = names
    }

    /// Those that were not told yet, by names of instances; a file that cannot be read has none.
    mutating func next() -> [(String, LogLine)] {
        var result: [(String, LogLine)] = []
        for index in files.indices {
            while let bytes = try? files[index].next(), !bytes.isEmpty {
                for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
                    guard let note = Logs.note(line), names.contains(note.0) else { continue }
                    if told.insert(line).inserted { result.append(note) }
                }
            }
        }
        return result
    }
}
