import Core

/// Files of `KEY=value` lines, as dotenv libraries and Dokku write them.
///
/// Read and written by scalars: a shell goes by bytes, and a quote that makes one character with the mark behind it is
/// a quote to it all the same.
enum EnvFile {
    private typealias Scalars = Substring.UnicodeScalarView

    /// Values in single quotes span lines and are taken as they are; in double quotes `\n`, `\"`, `\\` and `\$` are
    /// understood; without quotes the rest of the line without blanks at its ends and without a ` #` comment.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/malformed`` that names the line.
    static func parse(_ text: String) throws -> [ConfigKey: String] {
        var result: [ConfigKey: String] = [:]
        var rest = Substring(text).unicodeScalars
        var number = 0
        while !rest.isEmpty {
            number += 1
            let whole = rest.prefix { $0 != "\n" }
            var line = String(whole).trimmed
            if line.isEmpty || line.hasPrefix("#") {
                rest = rest[whole.endIndex...].dropFirst()
                continue
            }
            if line.hasPrefix("export ") { line = String(line.dropFirst(7)).trimmed }
            let name = line.unicodeScalars.prefix { $0 != "=" }
            guard let mark = whole.firstIndex(of: "="), let key = try? ConfigKey(String(Scalars(name)).trimmed) else {
                throw Failure.malformed("line \(number) is not KEY=value", fix: "mend that line; nothing was changed")
            }
            rest = rest[rest.index(after: mark)...]
            result[key] = try value(&rest, number)
        }
        return result
    }

    private static func value(_ rest: inout Scalars, _ number: Int) throws -> String {
        rest = rest.drop { $0 == " " || $0 == "\t" }
        guard let quote = rest.first, quote == "'" || quote == "\"" else {
            let line = rest.prefix { $0 != "\n" }
            rest = rest[line.endIndex...].dropFirst()
            let text = String(line)
            return String(text.firstRange(of: " #").map { text[..<$0.lowerBound] } ?? text[...]).trimmed
        }
        rest = rest.dropFirst()
        var result = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            if scalar == quote {
                // 'it'\''s' is how a shell writes a quote inside single quotes.
                guard quote == "'", rest.starts(with: "\\''".unicodeScalars) else {
                    try finish(&rest, number)
                    return String(result)
                }
                result.append("'")
                rest = rest.dropFirst(3)
            } else if scalar == "\\", quote == "\"", let next = rest.popFirst() {
                if next != "n", !"\"\\$`".unicodeScalars.contains(next) { result.append("\\") }
                result.append(next == "n" ? "\n" : next)
            } else {
                result.append(scalar)
            }
        }
        throw Failure.malformed("the quote opened in line \(number) is not closed")
    }

    private static func finish(_ rest: inout Scalars, _ number: Int) throws {
        let line = rest.prefix { $0 != "\n" }
        let tail = String(line).trimmed
        guard tail.isEmpty || tail.hasPrefix("#") else {
            throw Failure.malformed("line \(number) goes on after its closing quote")
        }
        rest = rest[line.endIndex...].dropFirst()
    }

    /// In single quotes, which a shell and this parser read back exactly.
    static func quote(_ value: String) -> String { ShellWords.inQuotes(value) }
}
