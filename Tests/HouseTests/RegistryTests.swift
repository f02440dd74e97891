import Core
import Features
import Testing

/// What every command and property owes, and how Dokku's stand here.
struct RegistryTests {
    static let facts = Features.facts()
    /// Commands whose `--format` is not that of an answer, with the reason.
    static let formatless: [String: String] = ["config:import": "it says what the file is; nothing is answered"]

    @Test func `every command has help with two examples, and a name under which its changes are written down`() {
        for command in Self.facts {
            #expect(Set(command.examples).count >= 2, "\(command.name)")
            #expect(
                command.audit == command.name || Self.facts.contains { $0.name == command.audit },
                "\(command.name)"
            )
            #expect(command.usage.hasPrefix("slipway \(command.name)"))
            for argument in command.arguments where argument.kind != .word && argument.isShown && command.isShown {
                #expect(!argument.meaning.isEmpty, "\(command.name) \(argument.usage)")
            }
        }
    }

    @Test func `what prints data as JSON says which`() {
        let silent = Self.facts.filter { $0.flags.contains("--format") && $0.answers == nil }.map(\.name)
            .filter { Self.formatless[$0] == nil }
        #expect(silent.isEmpty, "\(silent) take --format and declare no shape")
        let mute = Self.facts.filter { $0.answers != nil && !$0.flags.contains("--format") }.map(\.name)
        #expect(mute.isEmpty, "\(mute) declare a shape and do not take --format")
        for (name, reason) in Self.formatless {
            let command = Self.facts.first { $0.name == name }
            #expect(command?.answers == nil && command?.flags.contains("--format") == true, "\(name): \(reason)")
        }
    }

    @Test func `what may be shown to lookers only needs no more than to look`() {
        for command in Self.facts where command.name.hasSuffix(":report") || command.name.hasSuffix(":list") {
            #expect(command.permission != .change, "\(command.name)")
        }
    }

    @Test func `every property has a default that it takes, a sentence, and refuses what no value is`() {
        for feature in Features.all {
            for property in feature.properties {
                let name = "\(feature.noun) \(property.name)"
                let isSentence = property.summary.first?.isUppercase == true && !property.summary.hasSuffix(".")
                #expect(isSentence, "\(name)")
                if !property.fallback.isEmpty {
                    #expect(throws: Never.self, "\(name)") { try property.check(property.fallback) }
                }
                for garbage in ["\u{1b}[31m", "a\nb", "\0", String(repeating: "a", count: 40_000)] {
                    #expect(throws: Failure.self, "\(name)") { try property.check(garbage) }
                }
                #expect(!property.lines.isEmpty || property.isReadOnly, "\(name) stands in no report")
            }
            let names = feature.properties.map(\.name)
            #expect(names.count == Set(names).count, "\(feature.noun)")
        }
    }

    @Test func `who has properties can set them and report them`() {
        for feature in Features.all where feature.properties.contains(where: { !$0.isReadOnly }) {
            let names = Set(Self.facts.filter { $0.noun == feature.noun }.map(\.name))
            for verb in ["set", "report"] {
                #expect(names.contains("\(feature.noun):\(verb)"), "\(feature.noun):\(verb)")
            }
        }
    }

    @Test func `other words for commands lead to commands`() {
        for (word, name) in Features.aliases {
            #expect(Features.command(named: word) != nil, "\(word) means \(name), which is not there")
        }
    }

    @Test func `every command of Dokku's stands in the table once`() {
        let names = DokkuTable.commands.map(\.name)
        #expect(names.count == Set(names).count)
        #expect(names.count { $0.contains(":") } == 270)
        for name in DokkuTable.better.keys { #expect(names.contains(name), "\(name)") }
        for name in DokkuTable.different.keys { #expect(names.contains(name), "\(name)") }
        for name in DokkuTable.idle.keys { #expect(names.contains(name), "\(name)") }
    }

    @Test func `what the table says is here is here, and what it says is absent is not`() {
        var missing: [String] = []
        for command in DokkuTable.commands {
            let isThere = Features.command(named: command.name) != nil
            switch command.standing {
            case .absent: #expect(!isThere, "\(command.name) is said to be absent")
            case .idle: continue
            case .same, .better, .different: if !isThere { missing.append(command.name) }
            }
        }
        #expect(missing.isEmpty, "said to be here, and missing: \(missing)")
    }
}
