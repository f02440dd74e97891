import Testing

@testable import SlipwayHooks

struct SHA256Tests {
    /// FIPS 180-4, as NIST gives them.
    @Test(
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
                "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
            ),
        ])
    func `hashes are those of the standard`(_ text: String, _ hash: String) {
        #expect(SHA256.hex(SHA256.hash(Array(text.utf8))) == hash)
    }

    @Test func `every length of a last block is padded as the standard says`() {
        // The hash of the hashes of 0 to 130 letters, as sha256sum(1) computes it.
        let all = (0...130).map { SHA256.hex(SHA256.hash([UInt8](repeating: 97, count: $0))) + "\n" }.joined()
        #expect(
            SHA256.hex(SHA256.hash(Array(all.utf8)))
                == "e305d281b5e91e526de6d81d7e932de65476d923607ac69ac85275a676c49660"
        )
    }

    /// RFC 4231.
    @Test(
        arguments: [
            (
                [UInt8](repeating: 0x0b, count: 20), "Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                Array("Jefe".utf8), "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                [UInt8](repeating: 0xaa, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
        ])
    func `signatures are those of the standard`(_ key: [UInt8], _ text: String, _ signature: String) {
        #expect(SHA256.hex(SHA256.sign(Array(text.utf8), key: key)) == signature)
    }
}

struct JSONTests {
    @Test func `what is written is read again`() throws {
        let value: JSON = [
            "text": "a \"quoted\" \\ line\n\u{1}", "list": [1, true, .null, []], "deep": ["é": .number(-1.5e3)],
            "face": "\u{1F600}",
        ]
        #expect(try JSON(parsing: value.description) == value)
        #expect(JSON.number(2).description == "2" && JSON.number(.infinity).description == "null")
    }

    @Test func `escapes and spaces are read`() throws {
        let value = try JSON(parsing: #" { "a" : "\u00e9\ud83d\ude00\/\t" , "b" : [ ] } "#)
        #expect(value["a"]?.text == "é😀/\t")
        #expect(value["b"]?.list == [])
    }

    @Test(
        arguments: [
            "", "{", "[1,]", "{\"a\":}", "\"open", "tru", "01x", "[1] 2", "\"\\ud800x\"", "\"\\x\"", "nul",
            String(repeating: "[", count: 100_000),
        ])
    func `what is no JSON is refused`(_ text: String) {
        #expect(throws: Refusal.self) { try JSON(parsing: text) }
    }
}

struct WordsTests {
    @Test func `words are taken one by one, flags and options wherever they stand`() throws {
        var words = Words(["hello:greet", "shop", "--loud", "--times", "3", "--to=ana", "rest"])
        #expect(words.name == "hello:greet")
        #expect(words.flag("--loud") && !words.flag("--loud"))
        #expect(try words.option("--times") == "3")
        #expect(try words.option("--to") == "ana")
        #expect(try words.option("--none") == nil)
        #expect(try words.next("APP") == "shop")
        #expect(throws: Misuse("hello:greet: rest is too much")) { try words.end() }
        #expect(words.all() == ["rest"])
        #expect(throws: Misuse("hello:greet needs APP")) { try words.next("APP") }
    }

    @Test func `an option that nobody knows is no word`() {
        var words = Words(["hello:greet", "--what"])
        #expect(throws: Misuse("hello:greet has no --what")) { try words.next("APP") }
    }

    @Test func `wrong words end with 2, everything else with 1`() {
        let heard = Heard()
        Command(heard.hook(nil, ["hello:greet"])).run { words in _ = try words.next("APP") }
        Command(heard.hook(nil, ["hello:greet"])).run { _ in throw Refusal("no") }
        #expect(heard.endings == [2, 1])
        #expect(heard.error == "hello:greet needs APP\nno\n")
    }
}
