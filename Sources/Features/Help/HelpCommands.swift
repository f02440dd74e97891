import ArgumentParser
import Core
import Files
import SystemPackage

enum HelpCommands {
    static let all: [any HostCommand.Type] = [
        HelpCommand.self, VersionCommand.self, CompletionCommand.self, HelpPages.self,
    ]
}

struct HelpCommand: HostlessCommand {
    static let configuration = CommandConfiguration.verb(
        "help",
        "What can be typed",
        examples: ["help", "help domains:add"]
    )
    static let permission = Permission.none
    @Flag(help: "Every command of every noun") var all = false
    @Argument(help: "A noun or a command") var word: String?

    func say(to output: Output) throws {
        if all { return output.answer(lines: Help.everything()) }
        guard let word else { return output.answer(lines: Help.overview()) }
        if !Help.isCommand(word), let page = Help.page(of: word) { return output.answer(lines: page) }
        guard let type = Features.command(named: word) else { throw Help.unknown(word) }
        output.answer(exactly: Help.text(of: type))
    }
}

struct VersionCommand: HostlessCommand {
    static let configuration = CommandConfiguration.verb(
        "version",
        "Which slipway this is",
        examples: ["version", "version --format json"]
    )
    static let permission = Permission.none
    static let answers: JSONShape? = .object(["slipway": .text, "dokku": .text])
    @OptionGroup var format: FormatOptions

    func say(to output: Output) throws {
        if format.wantsJSON { return try output.answer(json: ["slipway": Version.number, "dokku": Version.dokku]) }
        output.answer("slipway version \(Version.number)")
    }
}

struct CompletionCommand: HostlessCommand {
    static let configuration = CommandConfiguration.verb(
        "completion",
        "A script that completes commands, flags, properties and apps in a shell",
        examples: [
            "completion bash > /etc/bash_completion.d/slipway",
            "completion fish > ~/.config/fish/completions/slipway.fish",
        ],
        details: "For zsh put it into a folder of $fpath under the name _slipway."
    )
    static let permission = Permission.none
    @Argument(help: "bash, zsh or fish") var shell: Completion.Shell

    func say(to output: Output) throws {
        output.answer(exactly: Completion(Features.facts()).script(for: shell))
    }
}

extension Completion.Shell: ExpressibleByArgument {}

/// Makes what is written for people from what the code says of itself.
struct HelpPages: HostlessCommand {
    static let configuration = CommandConfiguration.verb(
        "help:pages",
        "Write the manual, one page a noun, into a folder",
        examples: ["help:pages build/man", "help:pages build/man --docs docs"],
        isShown: false
    )
    static let permission = Permission.none
    @Option(help: "Where commands.md and properties.md go") var docs: String?
    @Argument(help: "Where the pages go") var folder: String

    func say(to output: Output) throws {
        try write(Manual(Features.facts()).pages, into: folder, output)
        if let docs {
            try write(["commands.md": Pages.commands, "properties.md": Pages.properties], into: docs, output)
        }
    }

    private func write(_ pages: [String: String], into folder: String, _ output: Output) throws {
        guard !folder.unicodeScalars.contains("\0") else { throw Failure.malformed("\(quoted(folder)) is no folder") }
        for (name, text) in pages.sorted(by: { $0.key < $1.key }) {
            let mode: FilePermissions = [.ownerReadWrite, .groupRead, .otherRead]
            try writeFile(FilePath(folder).appending(name), Array(text.utf8), mode: mode)
        }
        output.step("Wrote \(pages.count) pages to \(quoted(folder))")
    }
}
