import Core
import Programs
import SystemPackage
import Testing

@testable import Features

@Suite struct `env files` {
    @Test(arguments: [
        ("A=1", ["A": "1"]), ("A = 1", ["A": "1"]),
        ("export A=1\n# a comment\n\nB=two words # not this", ["A": "1", "B": "two words"]),
        ("A='it'\\''s'", ["A": "it's"]), ("A=\"x\\ny\\\"\\$z\"", ["A": "x\ny\"$z"]),
        ("A='two\nlines'\nB=2", ["A": "two\nlines", "B": "2"]),
        ("A=", ["A": ""]), ("A=a=b", ["A": "a=b"]), ("A=1\r\nB=2\r\n", ["A": "1", "B": "2"]),
    ])
    func `are read as people write them`(text: String, expected: [String: String]) throws {
        let values = try EnvFile.parse(text)
        #expect(Dictionary(uniqueKeysWithValues: values.map { ($0.key.text, $0.value) }) == expected)
    }

    @Test(arguments: ["A", "1A=x", "A='open", "A='x' y", "=x", "A-B=1"])
    func `are refused with the line`(text: String) {
        #expect(throws: Failure.self) { try EnvFile.parse(text) }
    }

    @Test(arguments: [
        "", "a b", "it's", "two\nlines", "two\r\nlines\r\n", "$(rm -rf /)", "`x`", "\"", "ü 😀", "\u{301}x", "e\u{301}",
        "'\u{301}; id; '", "x'\u{301}", "=\u{301}",
    ])
    func `come back exactly as they left`(value: String) throws {
        let (key, other) = (try ConfigKey("A"), try ConfigKey("B"))
        let back = try EnvFile.parse(try ExportFormat.envfile.text([key: value, other: value]))
        // As bytes: other text may be the same to a reader.
        #expect(
            back[key].map { Array($0.utf8) } == Array(value.utf8)
                && back[other].map { Array($0.utf8) } == back[key].map { Array($0.utf8) }
        )
    }

    @Test(arguments: ["'\u{301}; id; '", "it's", "'\u{301}"]) func `mean nothing to a shell`(value: String) async throws
    {
        let text = try ExportFormat.envfile.text([try ConfigKey("A"): value])
        let outcome = try await Programs.live.run(Program("/bin/sh", ["-c", "\(text)\nprintf %s \"$A\""]))
        #expect(outcome.text.utf8.elementsEqual(value.utf8))
    }
}
