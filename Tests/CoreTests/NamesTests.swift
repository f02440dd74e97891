import Core
import FoundationEssentials
import Testing

/// Names come from strangers: what is accepted, and what never is.
struct NamesTests {
    @Test(arguments: ["a", "0", "shop", "shop-1", "api.shop", "a.b.c", "9to5", String(repeating: "a", count: 63)])
    func `an app name`(_ text: String) throws {
        #expect(try AppName(text).text == text)
    }

    @Test(
        arguments: hostile + [
            "Shop", "-a", "a-", "a_b", ".", "..", "a.", ".a", "a..b", "a.-b", "a-.b", "é", "xn--é", "a/b",
            String(repeating: "a", count: 64),
        ]
    )
    func `no app name`(_ text: String) {
        let error = #expect(throws: Failure.self) { try AppName(text) }
        #expect(error?.code == .malformed)
        #expect(error?.what.unicodeScalars.allSatisfy { $0.value >= 0x20 } == true)
    }

    @Test(arguments: ["0123456789", "abcdefghij", "0a1b2c3d4e"])
    func `an app id`(_ text: String) throws {
        #expect(try AppID(text).text == text)
    }

    @Test(arguments: hostile + ["", "short", "0123456789a", "ABCDEFGHIJ", "../../etc/", "0123456 89"])
    func `no app id`(_ text: String) {
        #expect(throws: Failure.self) { try AppID(text) }
    }

    @Test(
        arguments: zip(
            [
                "example.com", "EXAMPLE.com.", "*.example.com", "my_host.local", "10.0.0.1", "a",
                "xn--bcher-kva.example",
            ],
            ["example.com", "example.com", "*.example.com", "my_host.local", "10.0.0.1", "a", "xn--bcher-kva.example"]
        )
    )
    func `a domain name`(_ given: String, _ text: String) throws {
        #expect(try DomainName(given).text == text)
    }

    @Test(
        arguments: hostile + [
            ".", "..", ".example.com", "example..com", "-a.com", "a-.com", "_a.com", "*", "*.", "a.*.com", "**.com",
            "bücher.example", "a.com:80", "http://a.com", "[::1]", "a.com..",
            String(repeating: "a", count: 64) + ".com", Array(repeating: "abcdefgh.", count: 29).joined() + "com",
        ]
    )
    func `no domain name`(_ text: String) {
        #expect(throws: Failure.self) { try DomainName(text) }
    }

    @Test(
        arguments: zip(
            [
                "b\u{fc}cher.example", "B\u{dc}CHER.example", "bu\u{308}cher.example", "*.m\u{fc}nchen.de",
                "example.com",
                "\u{4f8b}\u{3048}.jp", "\u{4f8b}\u{3048}\u{3002}jp", "\u{3c0}.gr", "a.\u{d55c}\u{ad6d}", "_",
                "fa\u{df}.de", "\u{43f}\u{440}\u{438}\u{43c}\u{435}\u{440}.\u{440}\u{444}",
            ],
            [
                "xn--bcher-kva.example", "xn--bcher-kva.example", "xn--bcher-kva.example", "*.xn--mnchen-3ya.de",
                "example.com", "xn--r8jz45g.jp", "xn--r8jz45g.jp", "xn--1xa.gr", "a.xn--3e0b707e", "_",
                "xn--fa-hia.de", "xn--e1afmkfd.xn--p1ai",
            ]
        )
    )
    func `a domain name as people write it`(_ spoken: String, _ text: String) throws {
        #expect(try DomainName(spoken: spoken).text == text)
    }

    @Test(
        arguments: hostile + [
            "b\u{fc}cher..example", "\u{308}a.example", "\u{1f600}.example", "a\u{200d}b.example", "\u{ff41}.example",
            "a\u{ad}.example", String(repeating: "\u{fc}", count: 80) + ".example", "\u{fc} x.example",
            "\u{fc};x.example", "\u{fc}/x.example",
        ]
    )
    func `no domain name as people write it`(_ text: String) {
        #expect(throws: Failure.self) { try DomainName(spoken: text) }
    }

    @Test func `four numbers are an address, and one mark is every name`() throws {
        #expect(try DomainName("10.0.0.1").isAddress)
        #expect(try !DomainName("10.0.0.256").isAddress && !DomainName("a.b.c.d").isAddress)
        #expect(try DomainName("_").isCatchAll && !DomainName("a").isCatchAll)
    }

    @Test(arguments: ["A", "_", "a1", "DATABASE_URL", String(repeating: "K", count: 255)])
    func `a configuration key`(_ text: String) throws {
        #expect(try ConfigKey(text).text == text)
    }

    @Test(arguments: hostile + ["1A", "A-B", "A.B", "A=B", "É", String(repeating: "K", count: 256)])
    func `no configuration key`(_ text: String) {
        #expect(throws: Failure.self) { try ConfigKey(text) }
    }

    @Test(arguments: ["web", "worker_2", "W", "0", "a-b-", String(repeating: "p", count: 63)])
    func `a process type`(_ text: String) throws {
        #expect(try ProcessType(text).text == text)
    }

    @Test(arguments: hostile + ["-web", "_web", "web.1", "wéb", String(repeating: "p", count: 64)])
    func `no process type`(_ text: String) {
        #expect(throws: Failure.self) { try ProcessType(text) }
    }

    @Test(arguments: zip(["1", "80", "65535", "0080"], [1, 80, 65535, 80]))
    func `a port`(_ text: String, _ number: UInt16) throws {
        #expect(try Port(text).number == number)
    }

    @Test(arguments: hostile + ["0", "65536", "-1", "+80", "8O", "80 ", "٨٠", "99999999999999999999"])
    func `no port`(_ text: String) {
        #expect(throws: Failure.self) { try Port(text) }
    }

    @Test(arguments: [Int.min, -1, 0, 65536, Int.max])
    func `no port as a number`(_ number: Int) {
        #expect(throws: Failure.self) { try Port(number) }
    }

    @Test func `a revision`() throws {
        let (short, long) = (String(repeating: "0a", count: 20), String(repeating: "f", count: 64))
        #expect(try Revision(short).short == "0a0a0a0")
        #expect(try Revision(long).text == long)
        #expect(try Revision(String(repeating: "0", count: 40)).isZero)
        #expect(try !Revision(short).isZero)
    }

    @Test(
        arguments: hostile + [
            "HEAD", String(repeating: "a", count: 39), String(repeating: "A", count: 40),
            String(repeating: "g", count: 40), String(repeating: "a", count: 41),
        ]
    )
    func `no revision`(_ text: String) {
        #expect(throws: Failure.self) { try Revision(text) }
    }

    @Test func `names from JSON are checked as names from people are`() throws {
        #expect(throws: (any Error).self) { try JSONDecoder().decode([AppName].self, from: Data(#"["../x"]"#.utf8)) }
        #expect(throws: (any Error).self) { try JSONDecoder().decode([Port].self, from: Data("[0]".utf8)) }
        #expect(throws: (any Error).self) {
            try JSONDecoder().decode([ConfigKey: String].self, from: Data(#"{"A B":"1"}"#.utf8))
        }
        let round = try JSONDecoder().decode([ConfigKey: String].self, from: Data(#"{"A_B":"1"}"#.utf8))
        #expect(round == [try ConfigKey("A_B"): "1"])
    }
}

/// What no name of any kind may be: text that means something to a shell, a path, nginx, SQL or a terminal.
private let hostile = [
    "", " ", "a b", "a\n", "\na", "a\0", "a\r\n", "a\tb", "../x", "/etc/passwd", "a/../b", "a;b", "a$(id)", "a`id`",
    "a'b", "a\"b", "a{b", "a}b", "a|b", "a&b", "a\\b", "a%00", "--force", "a\u{1b}[31m", "a\u{202e}b", "\u{feff}a",
    "a' OR '1'='1", String(repeating: "a", count: 100_000),
]
