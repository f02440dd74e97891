import Core
import Testing

struct WordsTests {
    @Test(
        arguments: zip(
            [
                "plain", "tab\tstays", "bell\u{07}", "\u{1b}[31mred\u{1b}[0m", "\u{1b}]0;title\u{07}after",
                "\u{1b}]8;;http://x\u{1b}\\link", "\u{9b}31m", "a\rb", "a\nb", "\u{1b}", "x\u{1b}[12;", "del\u{7f}",
                "\u{1b}Pq#0\u{1b}\\ok", "ümlaut 漢字 🚢",
            ],
            [
                "plain", "tab\tstays", "bell", "red", "after", "link", "31m", "ab", "ab", "", "x", "del", "ok",
                "ümlaut 漢字 🚢",
            ]
        )
    )
    func `text without control characters`(_ given: String, _ expected: String) {
        #expect(cleaned(given) == expected)
    }

    @Test func `tabs go where a name is expected`() {
        #expect(cleaned("a\tb", keepTabs: false) == "ab")
        #expect(quoted("a\tb\u{1b}[2J") == "\"ab\"")
    }

    @Test func `a stranger's long word is cut`() {
        #expect(quoted(String(repeating: "x", count: 60)) == "\"" + String(repeating: "x", count: 60) + "\"")
        #expect(quoted(String(repeating: "x", count: 61)) == "\"" + String(repeating: "x", count: 57) + "...\"")
    }

    @Test(
        arguments: zip(
            [
                Duration.zero, .milliseconds(49), .milliseconds(700), .milliseconds(22_380), .milliseconds(119_940),
                .seconds(185),
            ],
            ["0.0 s", "0.0 s", "0.7 s", "22.4 s", "119.9 s", "3 min 5 s"]
        )
    )
    func `durations as people read them`(_ duration: Duration, _ words: String) {
        #expect(duration.words == words)
    }

    @Test(
        arguments: zip(
            [0, 999, 1000, 1549, 84_300_000, 999_499_999, 999_500_000, 1_200_000_000, 5_000_000_000_000_000, -1500],
            ["0 B", "999 B", "1.0 kB", "1.5 kB", "84 MB", "999 MB", "1.0 GB", "1.2 GB", "5000 TB", "-1.5 kB"]
        )
    )
    func `sizes as people read them`(_ bytes: Int64, _ words: String) {
        #expect(byteWords(bytes) == words)
    }

    @Test func `columns are as wide as their widest cell, the last is not padded`() {
        #expect(table([["a", "bb", "c"], ["aaa", "b", "cc"]]) == ["a    bb  c", "aaa  b   cc"])
        #expect(table([["only"], ["a", "b"]]) == ["only", "a     b"])
        #expect(table([]).isEmpty)
    }

    @Test(arguments: zip(["", "  ", " a b ", "\n\ta\r\n"], ["", "", "a b", "a"]))
    func `white space at the ends goes`(_ given: String, _ expected: String) {
        #expect(given.trimmed == expected)
    }

    @Test(
        arguments: zip(
            [0, 99, 100, 5999, 6000, 172_799, 172_800],
            ["0 s", "99 s", "1 min", "99 min", "1 h", "47 h", "2 d"]
        )
    )
    func `ages as people say them`(_ seconds: Int64, _ words: String) {
        #expect(Timestamp(milliseconds: 0).age(at: Timestamp(milliseconds: seconds * 1000)) == words)
    }

    @Test func `a moment in UTC`() {
        #expect(Timestamp(milliseconds: 1_700_000_000_999).text == "2023-11-14T22:13:20Z")
        #expect((Timestamp(milliseconds: 5000) - Timestamp(milliseconds: 2000)) == .seconds(3))
    }
}
