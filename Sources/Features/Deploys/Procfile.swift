import Core

/// The commands of an app by process type.
///
/// Lines `type: command`; `#` and `//` begin comments, CRLF counts as a line end (Dokku's rules).
struct Procfile: Sendable, Codable, Equatable {
    var commands: [ProcessType: String] = [:]

    init() {}

    /// - Throws: ``Failure`` with code ``FailureCode/badProcfile`` that names the line.
    init(_ text: String) throws {
        for (index, raw) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let line = String(raw).trimmed
            if line.isEmpty || line.hasPrefix("#") || line.hasPrefix("//") { continue }
            guard let colon = line.firstIndex(of: ":"), let type = try? ProcessType(String(line[..<colon]).trimmed)
            else { throw Self.bad(index, "it is not \"type: command\"") }
            let command = String(line[line.index(after: colon)...]).trimmed
            guard !command.isEmpty else { throw Self.bad(index, "\(type) has no command") }
            guard command == cleaned(command) else { throw Self.bad(index, "\(type) has a control character in it") }
            guard commands.updateValue(command, forKey: type) == nil else {
                throw Self.bad(index, "\(type) stands there twice")
            }
        }
    }

    /// The types that run all the time; `release` does not.
    var types: [ProcessType] { commands.keys.filter { $0 != .release }.sorted() }

    private static func bad(_ index: Int, _ why: String) -> Failure {
        Failure(
            .badProcfile,
            "Invalid Procfile",
            why: "line \(index + 1): \(why)",
            fix: "write one line a process type, like \"web: bin/server --port $PORT\""
        )
    }
}
