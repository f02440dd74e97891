/// Text that tries to be more than text, the same for the same seed.
package struct Mischief: Sendable {
    private var state: UInt64
    /// A file that no honest command makes; its being there means that something was executed.
    package let canary: String

    package init(seed: UInt64, canary: String) {
        state = seed
        self.canary = canary
    }

    private static let nouns = [
        "apps", "config", "domains", "git", "ps", "logs", "run", "enter", "certs", "storage", "releases", "ssh-keys",
        "nginx", "checks", "builds", "ports", "resource", "nosuch", "setup", "drain", "serve",
    ]
    private static let verbs = ["create", "set", "add", "list", "destroy", "report", "rollback", "", "hook", "info"]

    private var attacks: [String] {
        [
            "; touch \(canary)", "$(touch \(canary))", "`touch \(canary)`", "| touch \(canary)", "& touch \(canary) &",
            "\ntouch \(canary)\n", "' ; touch \(canary) ; '", "\" ; touch \(canary) ; \"", "> \(canary)",
            "../../../\(canary)", "-oProxyCommand=touch\(canary)", "--upload-pack=touch \(canary)",
            "%0atouch \(canary)",
            "{}; return 200;", "';DROP TABLE app;--", "\u{1b}]0;title\u{7}", "\u{202e}", "*", "~", "${IFS}", "\\",
            "'", "\"", "--", "-", "--help", "", "0", "é", String(repeating: "a", count: 300),
        ]
    }

    /// A command line as a client may send it.
    package mutating func command() -> String {
        let noun = pick(Self.nouns)
        let head =
            switch next() % 8 {
            case 0: "git-receive-pack '\(word())'"
            case 1: "git-upload-pack \(word())"
            case 2: word()
            case 3: "/bin/sh -c \(word())"
            default: "\(noun):\(pick(Self.verbs))"
            }
        let words = (0..<Int(next() % 4)).map { _ in word() }
        return ([head] + words).joined(separator: " ")
    }

    /// One or two attacks, with or without something that looks right before them.
    package mutating func word() -> String {
        let start = next() % 2 == 0 ? "story" : ""
        return start + pick(attacks) + (next() % 3 == 0 ? pick(attacks) : "")
    }

    private mutating func pick(_ from: [String]) -> String { from[Int(next() % UInt64(from.count))] }

    /// SplitMix64 (Steele, Lea and Flood, 2014).
    private mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
