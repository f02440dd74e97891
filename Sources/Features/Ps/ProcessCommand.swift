import Core

/// A Procfile command as the words a container is started with.
enum ProcessCommand {
    /// Plain words run without a shell, which an image need not have; `$NAME` is filled in here, as Dokku does.
    ///
    /// Anything that only a shell understands goes through `/bin/sh -c`.
    static func words(_ command: String, environment: [String: String]) -> [String] {
        let special: Set<Character> = ["|", "&", ";", "<", ">", "(", ")", "`", "*", "?", "[", "#", "~", "%", "!", "\n"]
        let isPlain = !command.contains(where: special.contains) && !(command.contains("$") && command.contains("'"))
        if isPlain, let split = try? ShellWords.split(command), let first = split.first, !first.contains("=") {
            let words = split.map { expanded($0, environment) }
            if !words.contains(where: { $0 == nil }) { return words.compactMap(\.self) }
        }
        let isOneProgram = !command.contains(where: { ";&|".contains($0) })
        return ["/bin/sh", "-c", isOneProgram ? "exec \(command)" : command]
    }

    /// A word with `$NAME` and `${NAME}` filled in; nil when it holds another kind of expansion.
    private static func expanded(_ word: String, _ environment: [String: String]) -> String? {
        var result = ""
        var rest = word[...]
        while let mark = rest.firstIndex(of: "$") {
            result += rest[..<mark]
            rest = rest[rest.index(after: mark)...]
            let isBraced = rest.first == "{"
            if isBraced { rest = rest.dropFirst() }
            let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            rest = rest[name.endIndex...]
            guard !name.isEmpty, !isBraced || rest.first == "}" else { return nil }
            if isBraced { rest = rest.dropFirst() }
            result += environment[String(name)] ?? ""
        }
        return result + rest
    }
}
