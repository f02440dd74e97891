import FoundationEssentials
package import SystemPackage

/// A plugin that writes down every call of every hook, and what the calls were.
package struct HookRecorder: Sendable {
    package enum Language: Sendable { case sh, swift }

    package struct Call: Sendable, Equatable {
        package var trigger: String
        package var arguments: [String]
    }

    /// The folder of the plugin; its name is the plugin's.
    package let folder: FilePath
    private let log: FilePath

    /// Hooks answer nothing but where an answer is needed for the story to go on.
    ///
    /// - Parameters:
    ///   - name: The plugin's.
    ///   - language: What its hooks are written in.
    ///   - triggers: Names of all triggers.
    ///   - answers: Lines of sh by trigger, for those that are to answer; those in Swift let everybody see every app.
    ///   - folder: Where to write it.
    /// - Throws: What the file system refuses.
    package init(
        _ name: String,
        in language: Language,
        _ triggers: [String],
        answers: [String: String] = [:],
        folder: FilePath
    ) throws {
        self.folder = folder.appending(name)
        log = folder.appending("\(name).calls")
        let hooks = self.folder.appending("hooks")
        try FileManager.default.createDirectory(atPath: hooks.string, withIntermediateDirectories: true)
        let toml = "[plugin]\ndescription = \"writes down every call\"\nversion = \"1.0.0\"\n"
        try Data(toml.utf8).write(to: URL(filePath: self.folder.appending("plugin.toml").string))
        for trigger in triggers {
            let isSh = language == .sh
            let text = isSh ? Self.sh(trigger, log, answers[trigger] ?? "exit 0") : Self.swift(log)
            let path = hooks.appending(isSh ? trigger : "\(trigger).swift").string
            try Data(text.utf8).write(to: URL(filePath: path))
            try FileManager.default.setAttributes([.posixPermissions: isSh ? 0o755 : 0o644], ofItemAtPath: path)
        }
        try Data().write(to: URL(filePath: log.string))
        try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: log.string)
    }

    /// Arguments have no control characters, so one of those can stand between them; a line is one write.
    private static func sh(_ trigger: String, _ log: FilePath, _ answer: String) -> String {
        """
        #!/bin/sh
        line=\(trigger)
        for word in "$@"; do line="$line\u{1f}$word"; done
        printf '%s\\n' "$line" >>\(log)
        \(answer)

        """
    }

    /// The same text for every trigger, so that it is compiled once.
    private static func swift(_ log: FilePath) -> String {
        """
        import Glibc
        import SlipwayHooks

        let words = Array(CommandLine.arguments.dropFirst())
        let trigger = getenv("SLIPWAY_TRIGGER").map { String(cString: $0) } ?? ""
        let line = ([trigger] + words).joined(separator: "\\u{1f}") + "\\n"
        let log = open("\(log)", O_WRONLY | O_APPEND)
        _ = line.withCString { write(log, $0, strlen($0)) }
        if trigger == "user-auth-app" { for app in words.dropFirst(2) { print(app) } }

        """
    }

    package func calls() throws -> [Call] {
        let text = String(decoding: try Data(contentsOf: URL(filePath: log.string)), as: UTF8.self)
        return text.split(separator: "\n").map { line in
            let words = line.split(separator: "\u{1f}", omittingEmptySubsequences: false).map(String.init)
            return Call(trigger: words[0], arguments: Array(words.dropFirst()))
        }
    }

    package func calls(of trigger: String) throws -> [Call] { try calls().filter { $0.trigger == trigger } }
}
