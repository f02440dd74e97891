import Core
import Plugins
import Programs
import Support
import SystemPackage
import Testing

@testable import Features

@Suite struct `words that are plugins'` {
    let folder: TemporaryFolder
    let triggers: Triggers

    init() throws {
        folder = try TemporaryFolder()
        triggers = PluginWord.folders(Paths(root: folder.path))
        try folder.write("plugins/hello/plugin.toml", "[plugin]\nversion = \"1\"\n")
        try folder.write("plugins/hello/subcommands/greet", "#!/bin/sh\n", mode: 0o755)
        try folder.write("plugins/db/plugin.toml", "[plugin]\nversion = \"1\"\n")
        try folder.write("plugins/db/service.toml", "title = \"DB\"\n")
    }

    private func meaning(_ word: String, _ rest: [String] = []) throws -> PluginWord.Meaning? {
        try PluginWord.meaning(of: word, rest, in: triggers)
    }

    @Test func `a verb is a file in subcommands, in both spellings`() throws {
        let words = ["hello:greet", "shop", "--loud"]
        let expected = PluginWord.Meaning.subcommand(plugin: "hello", verb: "greet", words: words)
        #expect(try meaning("hello:greet", ["shop", "--loud"]) == expected)
        #expect(try meaning("hello", ["greet", "shop", "--loud"]) == expected)
    }

    @Test func `what a plugin does not know shows its page`() throws {
        #expect(try meaning("hello") == .page(plugin: "hello"))
        #expect(try meaning("hello:help") == .page(plugin: "hello"))
        #expect(try meaning("hello:nothing") == .page(plugin: "hello"))
    }

    @Test func `a kind of service is the noun services with the kind before its words`() throws {
        #expect(try meaning("db:create", ["main"]) == .service(["services:create", "db", "main"]))
        #expect(try meaning("db", ["create", "main"]) == .service(["services:create", "db", "main"]))
    }

    @Test func `words of nobody are asked of an executable commands, where there is one`() throws {
        #expect(try meaning("other:word") == nil)
        try folder.write("plugins/old/plugin.toml", "[plugin]\nversion = \"1\"\n")
        try folder.write("plugins/old/commands", "#!/bin/sh\nexit 10\n", mode: 0o755)
        #expect(try meaning("other:word", ["x"]) == .asked(["other:word", "x"]))
        #expect(try meaning("old:word") == .asked(["old:word"]))
    }

    @Test func `help and the bare name are for commands too, where a plugin has it`() throws {
        try folder.write("plugins/old/plugin.toml", "[plugin]\nversion = \"1\"\n")
        try folder.write("plugins/old/commands", "#!/bin/sh\nexit 10\n", mode: 0o755)
        #expect(try meaning("old:help", ["set"]) == .asked(["old:help", "set"]))
        #expect(try meaning("old") == .asked(["old"]))
        #expect(try meaning("hello:help") == .page(plugin: "hello"))
    }

    @Test func `a noun of ours is a plugin's while one of that name takes part, for what it knows`() throws {
        let paths = Paths(root: folder.path)
        try folder.write("plugins/maintenance/plugin.toml", "[plugin]\nversion = \"1\"\n")
        try folder.write("plugins/maintenance/subcommands/enable", "#!/bin/sh\n", mode: 0o755)
        #expect(try !PluginWord.isReplaced("maintenance:enable", ["shop"], paths))
        try folder.write("dokku/plugins/enabled/maintenance/plugin.toml", "")
        #expect(try PluginWord.isReplaced("maintenance:enable", ["shop"], paths))
        #expect(try PluginWord.isReplaced("maintenance", ["enable", "shop"], paths))
        #expect(try !PluginWord.isReplaced("maintenance:set", ["shop"], paths))
        #expect(try !PluginWord.isReplaced("apps:list", [], paths))
    }

    @Test(arguments: [
        "hello:../../x", "../hello:greet", "hello:greet/../../x", "hello:", "hello:.", "hello:..", "hello: greet",
        "hello:greet\n", "hello:greet\0", ":greet", "", "hello:\u{202E}greet", "-hello:greet", "hello:greet:more",
    ])
    func `no word leads out of the plugins`(_ word: String) throws {
        switch try meaning(word) {
        case nil, .page: break
        case let other: Issue.record("\(word.debugDescription) means \(String(describing: other))")
        }
    }

    @Test func `ten thousand random words mean nothing that is not there`() throws {
        var chance = Dice(seed: 11)
        let letters = Array("hello:greet/.-_\n\0 ;$`'\"ädb\u{7f}")
        for _ in 0..<10_000 {
            let word = String(
                (0..<Int.random(in: 0...14, using: &chance)).map { _ in letters.randomElement(using: &chance) ?? "x" }
            )
            switch try meaning(word) {
            case nil, .page: break
            case .subcommand(_, let verb, _): #expect(verb == "greet" && word == "hello:greet")
            case .service(let words): #expect(words.first?.dropFirst("services:".count).contains("/") == false)
            case .asked(let words): Issue.record("\(words)")
            }
        }
    }
}
