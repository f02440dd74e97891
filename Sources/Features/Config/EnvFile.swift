import Core

/// Files of `KEY=value` lines, as dotenv libraries and Dokku write them.
enum EnvFile {
    /// Values in single quotes span lines and are taken as they are; in double quotes `\n`, `\"`, `\\` and `\$` are
    /// understood; without quotes the rest of the line without blanks at its ends and without a ` #` comment.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/malformed`` that names the line.
    static func parse(_ text: String) throws -> [ConfigKey: String] {
        var result: [ConfigKey: String] = [:]
        var rest = Substring(text.replacing("\r\n", with: "\n"))
        var number = 0
        while !rest.isEmpty {
            number += 1
            let end = rest.firstIndex(of: "\n") ?? rest.endIndex
            var line = String(rest[..<end]).trimmed
            if line.isEmpty || line.hasPrefix("#") {
                rest = end == rest.endIndex ? "" : rest[rest.index(after: end)...]
                continue
            }
            if line.hasPrefix("export ") { line = String(line.dropFirst(7)).trimmed }
            guard let mark = rest[..<end].firstIndex(of: "="), let equals = line.firstIndex(of: "="),
                let key = try? ConfigKey(String(line[..<equals]).trimmed)
            else {
                throw Failure.malformed("line \(number) is not KEY=value", fix: "mend that line; nothing was changed")
            }
            rest = rest[rest.index(after: mark)...]
            result[key] = try value(&rest, number)
        }
        return result
    }

    private static func value(_ rest: inout Substring, _ number: Int) throws -> String {
        rest = rest.drop { $0 == " " || $0 == "\t" }
        guard let quote = rest.first, quote == "'" || quote == "\"" else {
            let end = rest.firstIndex(of: "\n") ?? rest.endIndex
            let line = rest[..<end]
            rest = end == rest.endIndex ? "" : rest[rest.index(after: end)...]
            let plain = line.firstRange(of: " #").map { line[..<$0.lowerBound] } ?? line
            return String(plain).trimmed
        }
        rest = rest.dropFirst()
        var result = ""
        while let character = rest.popFirst() {
            if character == quote {
                // 'it'\''s' is how a shell writes a quote inside single quotes.
                guard quote == "'", rest.hasPrefix("\\''") else { return try finish(&rest, result, number) }
                result.append("'")
                rest = rest.dropFirst(3)
            } else if character == "\\", quote == "\"", let next = rest.popFirst() {
                result += next == "n" ? "\n" : "\"\\$`".contains(next) ? String(next) : "\\\(next)"
            } else {
                result.append(character)
            }
        }
        throw Failure.malformed("the quote opened in line \(number) is not closed")
    }

    private static func finish(_ rest: inout Substring, _ value: String, _ number: Int) throws -> String {
        let end = rest.firstIndex(of: "\n") ?? rest.endIndex
        let tail = String(rest[..<end]).trimmed
        guard tail.isEmpty || tail.hasPrefix("#") else {
            throw Failure.malformed("line \(number) goes on after its closing quote")
        }
        rest = end == rest.endIndex ? "" : rest[rest.index(after: end)...]
        return value
    }

    /// In single quotes, which a shell and this parser read back exactly.
    static func quote(_ value: String) -> String {
        "'" + value.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
