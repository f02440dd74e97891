import Support

@testable import Features

/// Makes command lines that somebody might type, and many that nobody should.
struct LineMaker {
    private var dice: Dice
    private let commands: [CommandFacts]

    static let nasty = [
        "", "-", "--", "---", "-x", "--=", "--nothing", "--nothing=1", "=", "A=", "=x", "A=1=2", "A", "a b", "\t",
        "\u{0}", "a\u{0}b", "\u{1b}[2J", "a\nb", "\r", "\u{7f}", "\u{202e}abc", "\u{fffd}", "\u{e9}", "e\u{301}",
        "\u{1f600}", "\u{5b57}", "../..", "../../etc/passwd", "/", "/etc/passwd", "/nonexistent/x:/data", ".", "..",
        "~",
        "$(reboot)", "`reboot`", "${HOME}", "; reboot", "| cat", "> /tmp/x", "&&", "'", "\"", "\\",
        "'; DROP TABLE apps; --",
        "%s%n", "{}", "[]", "*", "?", "!", "#", "0", "-1", "1", "2", "65536", "99999999999999999999", "1e9", "0x10",
        "NaN",
        "true", "false", "null", "v1", "v2", "v0", "v99999999999999999999", "web", "web=0", "web=2", "web=-1", "web=x",
        "worker", "run", "http:80:5000", "http:80", "https:443:5000", "x:y:z", "http:0:0", "a.example", "*.a.example",
        "UPPER", "xn--", "-.a", "a..b", "a.", "localhost", "127.0.0.1", "::1", "30", "60", "main", "HEAD",
        "refs/heads/x",
        "latest", "busybox", "https://nobody.invalid/x.git", "git@nobody.invalid:x", "file:///etc/passwd", "512m", "1",
        "deploy", "build", "build,deploy,run", "-v /a:/b", "--privileged", "* * * * *", "@daily", "json", "stdout",
        "xml",
        "KEY=value", "SECRET=hunter2", "apps", "help", "--help", "-h", "--version", "--force", "--quiet", "--all",
        "--app", "--global", "--wait", "0.5", String(repeating: "a", count: 64), String(repeating: "x", count: 5000),
        String(repeating: "\u{1f4a5}", count: 300),
    ]

    /// Flags that make a command go on until somebody interrupts it.
    static let endless: Set = ["-t", "--tail", "--follow"]

    init(seed: UInt64, _ commands: [CommandFacts]) {
        dice = Dice(seed: seed)
        self.commands = commands
    }

    mutating func line() -> [String] {
        if Int.random(in: 0..<25, using: &dice) == 0 {
            return (0..<Int.random(in: 0...3, using: &dice)).map { _ in word() }
        }
        guard let command = commands.randomElement(using: &dice) else { return [] }
        var words = [command.name]
        let isTame = Bool.random(using: &dice)
        let properties = Features.all.first { $0.noun == command.noun }?.properties.map(\.name) ?? []
        for argument in command.arguments {
            switch argument.kind {
            case .flag where one(of: 4), .option where one(of: 5): add(argument, to: &words)
            case .word where !argument.isOptional || one(of: 2): words.append(value(argument, properties, isTame))
            default: continue
            }
        }
        if words.count == 1 || !isTame {
            for _ in 0..<Int.random(in: 0...3, using: &dice) {
                words.append(one(of: 3) ? properties.randomElement(using: &dice) ?? word() : word())
            }
        }
        if one(of: 12) { words.swapAt(0, Int.random(in: 0..<words.count, using: &dice)) }
        return words.filter { !Self.endless.contains($0) }
    }

    private mutating func add(_ argument: ArgumentFacts, to words: inout [String]) {
        guard let name = argument.names.randomElement(using: &dice) else { return }
        words.append(name)
        guard argument.kind == .option else { return }
        words.append(argument.values.randomElement(using: &dice).flatMap { one(of: 2) ? $0 : nil } ?? word())
    }

    private mutating func value(_ argument: ArgumentFacts, _ properties: [String], _ isTame: Bool) -> String {
        if argument.value.hasSuffix("app"), isTame || one(of: 2) { return app() }
        if argument.value == "property", let name = properties.randomElement(using: &dice), one(of: 2) { return name }
        if let value = argument.values.randomElement(using: &dice), isTame { return value }
        return word()
    }

    private mutating func app() -> String { ["shop", "shop", "api", "nowhere"].randomElement(using: &dice) ?? "shop" }

    private mutating func word() -> String {
        one(of: 5) ? app() : Self.nasty.randomElement(using: &dice) ?? ""
    }

    private mutating func one(of chances: Int) -> Bool { Int.random(in: 0..<chances, using: &dice) == 0 }
}
