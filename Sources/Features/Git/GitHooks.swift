import Core

/// The hooks of every app's repository: they hand the word to this program.
enum GitHooks {
    /// Text by file name.
    static func texts(binary: String, root: String) -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: ["pre-receive", "proc-receive"].map { name in
                let command = "exec \(ShellWords.quote(binary)) git:hook \(name)"
                return (name, "#!/bin/sh\nSLIPWAY_ROOT=\(ShellWords.quote(root)) \(command)\n")
            }
        )
    }
}
