import FoundationEssentials
package import SystemPackage

/// A plugin that writes down every call of every hook, and what the calls were.
package struct HookRecorder: Sendable {
    package struct Call: Sendable, Equatable {
        package var trigger: String
        package var arguments: [String]
    }

    /// The folder of the plugin; `recorder` is its name.
    package let folder: FilePath
    private let log: FilePath

    /// Hooks answer nothing but where an answer is needed for the story to go on.
    ///
    /// - Parameters:
    ///   - triggers: Names of all triggers.
    ///   - answers: Lines of sh by trigger, for those that are to answer.
    ///   - folder: Where to write it.
    /// - Throws: What the file system refuses.
    package init(_ triggers: [String], answers: [String: String], in folder: FilePath) throws {
        self.folder = folder.appending("recorder")
        log = folder.appending("calls")
        let hooks = self.folder.appending("hooks")
        try FileManager.default.createDirectory(atPath: hooks.string, withIntermediateDirectories: true)
        let toml = "[plugin]\ndescription = \"writes down every call\"\nversion = \"1.0.0\"\n"
        try Data(toml.utf8).write(to: URL(filePath: self.folder.appending("plugin.toml").string))
        for trigger in triggers {
            // Arguments have no control characters, so one of those can stand between them; a line is one write.
            let text = """
                #!/bin/sh
                line=\(trigger)
                for word in "$@"; do line="$line\u{1f}$word"; done
                printf '%s\\n' "$line" >>\(log)
                \(answers[trigger] ?? "exit 0")

                """
            let path = hooks.appending(trigger).string
            try Data(text.utf8).write(to: URL(filePath: path))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        }
        try Data().write(to: URL(filePath: log.string))
        try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: log.string)
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
