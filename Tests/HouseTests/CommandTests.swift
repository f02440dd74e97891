import ArgumentParser
import Features
import Testing

/// What every verb owes to whoever types it.
struct CommandTests {
    /// Words without a colon: git and sshd dictate some, Dokku's people know others.
    static let bare: Set = [
        "doctor", "drain", "enter", "explain", "git-receive-pack", "git-upload-archive", "git-upload-pack", "help",
        "logs", "repair",
        "run", "serve", "setup", "tick", "url", "urls", "version",
    ]

    static let commands = Features.all.flatMap { feature in feature.commands.map { (feature.noun, $0) } }

    @Test func `every command is a noun and a verb, and the noun is its folder`() {
        for (noun, command) in Self.commands {
            let name = command.configuration.commandName ?? "?"
            if Self.bare.contains(name) { continue }
            #expect(name.hasPrefix("\(noun):"), "\(name) is on the card of \(noun)")
            let verb = name.dropFirst(noun.count + 1)
            #expect(
                verb.first?.isLowercase == true && verb.allSatisfy { $0.isLowercase || "-:".contains($0) },
                "\(name)"
            )
        }
    }

    @Test func `no name is given twice`() {
        let names = Self.commands.compactMap { $0.1.configuration.commandName }
        #expect(names.count == Set(names).count)
        #expect(names.count == Self.commands.count)
    }

    @Test func `every command has a sentence and two examples of itself`() {
        for (noun, command) in Self.commands {
            let name = command.configuration.commandName ?? "?"
            let abstract = command.configuration.abstract
            #expect(abstract.first?.isUppercase == true && !abstract.hasSuffix("."), "\(name): \(abstract)")
            let examples = command.configuration.discussion.split(separator: "\n").filter { $0.hasPrefix("  slipway ") }
            #expect(Set(examples).count >= 2, "\(name)")
            let own = examples.filter {
                $0.hasPrefix("  slipway \(name)") || $0.hasPrefix("  slipway \(noun) ") || $0.hasPrefix("  slipway --")
            }
            #expect(own.count == examples.count, "\(name) shows \(examples)")
        }
    }

    @Test func `what loses data or changes the host is not for lookers`() {
        let words = ["destroy", "remove", "set", "unset", "clear", "add", "rename", "rollback", "stop", "import"]
        for (_, command) in Self.commands {
            let name = command.configuration.commandName ?? "?"
            guard let verb = name.split(separator: ":").last, words.contains(where: { verb == $0 }) else { continue }
            #expect(command.permission == .change || command.permission == .administer, "\(name)")
        }
    }

    @Test func `help of each command fits 92 columns`() {
        for (_, command) in Self.commands {
            let lines = command.helpMessage(columns: 92).split(separator: "\n")
            let wide = lines.filter { $0.count > 92 && !$0.hasPrefix("  slipway ") && !$0.hasPrefix("USAGE:") }
            #expect(wide.isEmpty, "\(command.configuration.commandName ?? "?"): \(wide.first ?? "")")
        }
    }
}
