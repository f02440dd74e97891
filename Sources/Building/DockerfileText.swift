import Core

/// A Dockerfile read only as far as is needed to say where something in it stands.
struct DockerfileText {
    struct Instruction: Equatable {
        /// Of its first line, from 1.
        var line: Int
        /// On one line, its first word in capitals.
        var text: String
    }

    let instructions: [Instruction]

    /// Joins continued lines, passes comments and the bodies of here-documents.
    init(_ text: String) {
        var instructions: [Instruction] = []
        var open: Instruction?
        var endMarks: [Substring] = []
        var escape: Character = "\\"
        for (index, raw) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            if let mark = endMarks.first {
                if String(raw).trimmed == mark { endMarks.removeFirst() }
                continue
            }
            var line = String(raw).trimmed
            if line.hasPrefix("#") {
                if instructions.isEmpty, line.firstMatch(of: /^#\s*escape\s*=\s*`/) != nil { escape = "`" }
                continue
            }
            if line.isEmpty { continue }
            let isContinued = line.last == escape
            if isContinued { line.removeLast() }
            var instruction = open ?? Instruction(line: index + 1, text: "")
            instruction.text += " " + line
            open = isContinued ? instruction : nil
            guard !isContinued else { continue }
            instruction.text = Self.normal(instruction.text)
            endMarks = instruction.text.matches(of: /<<-?["']?([A-Za-z_][A-Za-z0-9_]*)["']?/).map(\.1)
            instructions.append(instruction)
        }
        if var open {
            open.text = Self.normal(open.text)
            instructions.append(open)
        }
        self.instructions = instructions
    }

    /// The line on which the instruction stands; nil when it is not there exactly once.
    func line(of instruction: String) -> Int? {
        let wanted = Self.normal(instruction)
        let found = instructions.filter { $0.text == wanted }
        return found.count == 1 ? found.first?.line : nil
    }

    private static func normal(_ text: String) -> String {
        let words = text.onOneLine
        guard let blank = words.firstIndex(of: " ") else { return words.uppercased() }
        return words[..<blank].uppercased() + words[blank...]
    }

    /// The files that might have been meant, the shallowest first, at most three.
    static func namesLikeIt(in paths: [String]) -> [String] {
        let found = paths.filter { path in
            let name = (path.split(separator: "/").last ?? "").lowercased()
            return (name.contains("dockerfile") || name.contains("containerfile")) && !name.hasSuffix(".dockerignore")
        }
        let depth = { (path: String) in path.utf8.count { $0 == UInt8(ascii: "/") } }
        return Array(found.sorted { (depth($0), $0) < (depth($1), $1) }.prefix(3))
    }
}
