import Glibc
package import SystemPackage

/// Who may change what we are about to run: its owner is root or we, and nobody else can write it.
package enum Safety {
    package struct Mode {
        package var isFile: Bool
        package var isFolder: Bool
        package var isExecutable: Bool
    }

    /// The mode of what a path leads to; nil when there is nothing.
    package static func mode(of path: FilePath) -> Mode? {
        var status = stat()
        guard stat(path.string, &status) == 0 else { return nil }
        return Mode(
            isFile: status.st_mode & S_IFMT == S_IFREG,
            isFolder: status.st_mode & S_IFMT == S_IFDIR,
            isExecutable: access(path.string, X_OK) == 0
        )
    }

    /// - Parameters:
    ///   - path: A folder or a file; a link counts as what it leads to.
    ///   - folder: Where a link must stay; nil where none is allowed.
    /// - Throws: ``PluginError/unsafe(path:why:)``.
    package static func demand(_ path: FilePath, within folder: FilePath? = nil) throws {
        var status = stat()
        guard lstat(path.string, &status) == 0 else { throw PluginError.unsafe(path: path.string, why: "it is gone") }
        if status.st_mode & S_IFMT == S_IFLNK {
            guard let folder, let target = real(path), let base = real(folder), target.starts(with: base) else {
                throw PluginError.unsafe(path: path.string, why: "it is a link that leads elsewhere")
            }
            return try demand(target)
        }
        guard status.st_uid == 0 || status.st_uid == geteuid() else {
            throw PluginError.unsafe(path: path.string, why: "it belongs to user \(status.st_uid)")
        }
        guard status.st_mode & 0o022 == 0 else {
            throw PluginError.unsafe(path: path.string, why: "its group or everybody may write it")
        }
    }

    /// The same for a file and every folder above it, for those who read a plugin's file themselves.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - folder: The folder of all plugins; everything from it down to the file must be safe.
    /// - Throws: ``PluginError/unsafe(path:why:)`` when somebody else could write there.
    package static func demand(_ path: FilePath, below folder: FilePath) throws {
        var step = path
        try demand(step, within: folder)
        while step != folder, step.starts(with: folder), step.removeLastComponent() { try demand(step) }
    }

    private static func real(_ path: FilePath) -> FilePath? {
        guard let text = realpath(path.string, nil) else { return nil }
        defer { free(text) }
        return FilePath(String(cString: text))
    }
}
