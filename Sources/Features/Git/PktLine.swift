import Core

/// Git's packet lines: four hex digits of length, then the text; `0000` ends a section (gitprotocol-common).
enum PktLine {
    /// One text, at most 65,516 bytes.
    static func encode(_ text: String) -> [UInt8] {
        let length = String(text.utf8.count + 4, radix: 16)
        return Array((String(repeating: "0", count: max(0, 4 - length.count)) + length + text).utf8)
    }

    static let flush = Array("0000".utf8)
}

/// What the host's `receive-pack` says to `proc-receive` (githooks, "proc-receive").
struct ProcReceiveRequest: Sendable, Equatable {
    struct Command: Sendable, Equatable {
        var old: Revision
        var new: Revision
        var ref: String
    }

    var commands: [Command] = []
    var options: [String] = []

    /// Reads sections from `next`, which gives a line without its end, or nil for a flush.
    ///
    /// - Throws: ``Failure`` when a line is not what the protocol says.
    static func commands(_ next: () throws -> String?) throws -> [Command] {
        var commands: [Command] = []
        while let line = try next() {
            let parts = line.split(separator: " ", maxSplits: 2).map(String.init)
            guard parts.count == 3 else { throw Failure.malformed("git sent \(quoted(line)) where a command belongs") }
            commands.append(Command(old: try Revision(parts[0]), new: try Revision(parts[1]), ref: parts[2]))
        }
        return commands
    }
}
