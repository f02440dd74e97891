import Plugins
import SlipwayHooks
import Testing

/// The library for hooks in Swift says of every moment what the table of triggers says.
struct HookLibraryTests {
    @Test func `every trigger is a moment, with the same arguments in the same order`() {
        #expect(HookMoments.all.map(\.usage) == Trigger.all.map(\.usage))
    }

    @Test func `every moment answers what its trigger takes`() {
        for (moment, trigger) in zip(HookMoments.all, Trigger.all) {
            let answer: MomentFacts.Answer =
                switch trigger.answer {
                case .said: .said
                case .value: .value
                case .lines: .lines
                case .words: .words
                }
            #expect(moment.answer == answer, "\(trigger.name)")
        }
    }

    @Test func `a moment is called like its trigger, without the dashes`() {
        let text = House.sources.filter { $0.room == "SlipwayHooks" }.map(\.text).joined()
        for trigger in Trigger.all {
            let parts = trigger.name.split(separator: "-")
            let name = parts[0] + parts.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
            #expect(text.contains("static var \(name): Self {"), "\(trigger.name) as .\(name)")
        }
    }

    @Test func `only the library for hooks has public words`() {
        for file in House.sources where file.room != "SlipwayHooks" {
            let words = file.code.filter { line in
                let word = line.text.drop(while: \.isWhitespace)
                return ["struct", "enum", "func", "let", "var", "init", "extension", "static"].contains {
                    word.hasPrefix("public \($0)")
                }
            }
            #expect(words.isEmpty, "\(file.path)")
        }
    }

    @Test func `the library stands alone`() {
        for file in House.sources where file.room == "SlipwayHooks" {
            #expect(file.imports.isSubset(of: ["Glibc", "Synchronization"]), "\(file.path)")
        }
    }
}
