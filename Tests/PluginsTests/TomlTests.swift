import Core
import Support
import Testing

@testable import Plugins

@Suite struct `A TOML file` {
    private func read(_ text: String) throws -> TomlTable { try TomlTable(reading: Array(text.utf8)) }

    private func mistake(_ text: String) -> TomlError? {
        do {
            _ = try TomlTable(reading: Array(text.utf8))
            return nil
        } catch { return error }
    }

    @Test func `has text, numbers, booleans and lists`() throws {
        let table = try read(
            """
            # a comment
            title = "PostgreSQL" # behind it
            path = 'C:\\new'
            port = 5_432
            low = -1
            mask = 0xff
            on = true
            words = [ "a", 'b', # one more
                      "c", ]
            none = []
            """
        )
        #expect(table["title"] == .text("PostgreSQL"))
        #expect(table["path"] == .text("C:\\new"))
        #expect(table["port"] == .integer(5432))
        #expect(table["low"] == .integer(-1))
        #expect(table["mask"] == .integer(255))
        #expect(table["on"] == .boolean(true))
        #expect(table["words"] == .list(["a", "b", "c"]))
        #expect(table["none"] == .list([]))
        #expect(table.keys == ["title", "path", "port", "low", "mask", "on", "words", "none"])
        #expect(table.entries["words"]?.line == 8)
    }

    @Test func `has tables, and tables in tables`() throws {
        let table = try read("[a]\nx = 1\n[a.b.\"c d\"]\ny = 2\n[e]\nf.g = 3\nf.h = 4\n")
        guard case .table(let a) = table["a"], case .table(let b) = a["b"], case .table(let c) = b["c d"],
            case .table(let e) = table["e"], case .table(let f) = e["f"]
        else { throw TomlError(line: 0, "no tables") }
        #expect(a["x"] == .integer(1))
        #expect(c["y"] == .integer(2))
        #expect(c.line == 3)
        #expect(f.keys == ["g", "h"])
    }

    @Test func `has text of several lines`() throws {
        let table = try read("a = \"\"\"\none\n  two \\\n     three\"\"\"\nb = '''\n\\n\n''x'''''\n")
        #expect(table["a"] == .text("one\n  two three"))
        #expect(table["b"] == .text("\\n\n''x''"))
    }

    @Test func `has escapes in text`() throws {
        let table = try read(#"a = "\t\n\\\"\u00e4\U0001F600""#)
        #expect(table["a"] == .text("\t\n\\\"ä😀"))
    }

    @Test func `may have line ends of another system`() throws {
        let table = try read("a = 1 # x\r\n\r\n[b]\r\nc = \"\"\"\r\none\r\n\"\"\"\r\n")
        #expect(table["a"] == .integer(1))
        guard case .table(let b) = table["b"] else { return #expect(Bool(false)) }
        #expect(b["c"] == .text("one\n"))
    }

    @Test(
        arguments: [
            ("a", 1, "= and a value is expected"), ("\n\na =", 3, "a value is expected"), ("a = x", 1, "is no value"),
            ("a = 1 b = 2", 1, "behind the value"), ("a = 1\na = 2", 2, "there already"),
            ("[a]\n[a]", 2, "there already"), ("a = 1\n[a]", 2, "not a table"), ("[[a]]", 1, "lists of tables"),
            ("a = { b = 1 }", 1, "inline tables"), ("a = 1.5", 1, "no value"), ("a = 1979-05-27", 1, "no value"),
            ("a = \"x", 1, "a quote is missing"), ("a = \"x\ny\"", 1, "does not end on its line"),
            ("a = '''x\n", 2, "a quote is missing"), ("a = \"\\q\"", 1, "no escape"), ("a = \"\\ud800\"", 1, "hex"),
            ("a = \"\\u12\"", 1, "hex"), ("a = [1]", 1, "text in quotes"), ("a = [\"x\"\n", 2, "does not end"),
            ("a = [\"x\" \"y\"]", 1, "expected in the list"), ("= 1", 1, "a key is expected"),
            ("a = \"\u{1}\"", 1, "control"), ("# \u{1}", 1, "control"), ("a = 012", 1, "no value"),
            ("a = 99999999999999999999", 1, "no value"), ("a.b = 1\n[a]\nc = 1", 2, "there already"),
            ("[a.b]\nx=1\n[a]\nb.y = 2", 4, "heading of its own"), ("ä = 1", 1, "a key is expected"),
            ("[a", 1, "] is expected"), ("a = 1_", 1, "no value"), ("\"\"\"a\"\"\" = 1", 1, "one line"),
        ])
    func `says on which line a mistake is`(text: String, line: Int, words: String) {
        let found = mistake(text)
        #expect(found?.line == line, "\(text): \(String(describing: found))")
        #expect(found?.reason.contains(words) == true, "\(text): \(String(describing: found))")
    }

    @Test func `is not too long, not too deep, and UTF-8`() {
        #expect(mistake(String(repeating: "a.", count: 20) + "b = 1")?.reason.contains("too deep") == true)
        #expect(mistake(String(repeating: "#", count: 2 << 20))?.reason.contains("longer") == true)
        #expect { try TomlTable(reading: [0x61, 0xff]) } throws: {
            ($0 as? TomlError)?.reason.contains("UTF-8") == true
        }
    }

    @Test func `makes a failure that names the file`() {
        let failure = TomlError(line: 7, "no").failure(in: "plugin.toml")
        #expect(failure.code == .malformed)
        #expect(failure.what == "plugin.toml, line 7: no")
    }

    @Test func `is read to its end or named with a line, whatever it holds`() {
        var dice = Dice(seed: 7)
        let pieces = [
            "[", "]", "\"", "'", "\"\"\"", "'''", "\\", "\n", "\r", "=", ".", ",", "#", "a", "1", "{", "\u{0}", " ",
            "ä", "u12",
        ]
        var read = 0
        for round in 0..<25_000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...12, using: &dice) {
                bytes += pieces.randomElement(using: &dice).map { Array($0.utf8) } ?? []
                if round >= 20_000 { bytes.append(UInt8.random(in: 0 ... .max, using: &dice)) }
            }
            let lines = bytes.count { $0 == UInt8(ascii: "\n") } + 1
            do {
                let table = try TomlTable(reading: bytes)
                read += 1
                #expect(table.entries.values.allSatisfy { (1...lines).contains($0.line) }, "\(bytes)")
                #expect((try? TomlTable(reading: bytes, strictIn: "plugin")) == table, "\(bytes)")
            } catch { #expect((1...lines).contains(error.line) && !error.reason.isEmpty, "\(bytes)") }
        }
        #expect(read > 1000, "most are to be wrong, not all")
    }

    @Test func `with one table that is strict, mistakes elsewhere are passed over`() throws {
        let foreign =
            "x = 1.5\n[[a]]\ny = { z = 1 }\n[plugin]\nname = \"n\"\n[b]\n= 3\nc = 2\n[plugin.config]\nd = 1.5\n"
        let table = try TomlTable(reading: Array(foreign.utf8), strictIn: "plugin")
        guard case .table(let plugin) = table["plugin"], case .table(let b) = table["b"] else {
            throw TomlError(line: 0, "no tables")
        }
        #expect(plugin["name"] == .text("n") && b["c"] == .integer(2))
        #expect(throws: TomlError.self) {
            try TomlTable(reading: Array("[a]\nx = 1.5\n[plugin]\ny = 1.5\n".utf8), strictIn: "plugin")
        }
    }
}
