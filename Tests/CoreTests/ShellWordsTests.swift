import Core
import Testing

/// POSIX XCU §2.2, without expansion.
struct ShellWordsTests {
    @Test(
        arguments: [
            ("git-receive-pack 'shop'", ["git-receive-pack", "shop"]),
            ("  a\t b\nc  ", ["a", "b", "c"]),
            (#"a 'b c' "d e""#, ["a", "b c", "d e"]),
            (#"a'b'"c""#, ["abc"]),
            (#"'' """#, ["", ""]),
            (#"a\ b \"x\" \'"#, ["a b", "\"x\"", "'"]),
            (#""a\"b \$c \n \`d\`""#, ["a\"b $c \\n `d`"]),
            (#"'a\b'"#, ["a\\b"]),
            ("a\\\nb", ["ab"]),
            ("$HOME `id` $(id) * ~ ; | & > #x", ["$HOME", "`id`", "$(id)", "*", "~", ";", "|", "&", ">", "#x"]),
            ("", []),
            ("tail\\", ["tail\\"]),
            ("K='line 1\nline 2'", ["K=line 1\nline 2"]),
            ("e\u{301}'\u{301}x'", ["e\u{301}\u{301}x"]),
        ])
    func `words of a line`(_ line: String, _ words: [String]) throws {
        #expect(try ShellWords.split(line) == words)
    }

    @Test(arguments: ["'a", "\"a", "a \"b' c", "a'", "\"a\\\""])
    func `an open quote is refused`(_ line: String) {
        let error = #expect(throws: Failure.self) { try ShellWords.split(line) }
        #expect(error?.code == .malformed)
    }

    @Test(
        arguments: [
            "", "plain", "a b", "it's", "'", "''", "\"", "$(id)", "a\\", "a\nb", "\t", "-x", "~", "*", "#", "ü",
            ";rm -rf /",
            "!", "'\u{301}; id; '", "{a,b}", "a=b", "\u{1b}[0m",
        ])
    func `a quoted word is read back as it was`(_ word: String) throws {
        #expect(try ShellWords.split(ShellWords.quote(word)) == [word])
        #expect(try ShellWords.split("a \(ShellWords.quote(word)) b") == ["a", word, "b"])
    }

    @Test func `plain words need no quotes`() {
        #expect(ShellWords.quote("/usr/local/bin/x_y-1.2,3:@%+=") == "/usr/local/bin/x_y-1.2,3:@%+=")
    }
}
