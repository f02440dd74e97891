import Core
import Scheduling

/// `HOST_OR_VOLUME:CONTAINER[:ro|:single-writer]`, as people write it.
struct StorageMount: Sendable, Equatable {
    /// An absolute path of the host, or the short name of a volume of the app.
    let source: String
    let target: String
    let use: Use

    /// What instances may do with it.
    enum Use: String, CaseIterable, Sendable {
        case readAndWrite = "rw"
        case readOnly = "ro"
        /// One instance at a time has it.
        case singleWriter = "single-writer"
    }

    init(_ mount: WorkloadMount) {
        source = mount.source
        target = mount.target
        use = mount.isReadOnly ? .readOnly : mount.isSingleWriter ? .singleWriter : .readAndWrite
    }

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(_ text: String) throws {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 || parts.count == 3 else {
            throw Failure.malformed(
                "\(quoted(text)) is not a mount",
                fix: "write HOST_FOLDER:CONTAINER_FOLDER or VOLUME:CONTAINER_FOLDER"
            )
        }
        source = try parts[0].hasPrefix("/") ? Self.path(parts[0], of: "the host") : Self.volumeName(parts[0])
        target = try Self.path(parts[1], of: "the container")
        guard target != "/" else { throw Failure.malformed("nothing can be mounted over / of the container") }
        use = parts.count == 3 ? try Self.use(parts[2]) : .readAndWrite
    }

    var workload: WorkloadMount {
        WorkloadMount(
            source: source,
            target: target,
            isReadOnly: use == .readOnly,
            isSingleWriter: use == .singleWriter
        )
    }

    var text: String { options.isEmpty ? "\(source):\(target)" : "\(source):\(target):\(options)" }

    /// What stands behind the second colon; empty for what needs no word.
    var options: String { use == .readAndWrite ? "" : use.rawValue }

    private static func use(_ option: String) throws -> Use {
        guard let use = Use(rawValue: option) else {
            throw Failure.malformed(
                "\(quoted(option)) is not an option of a mount",
                fix:
                    "use ro for data that the app may not change, single-writer for what one process may have at a time"
            )
        }
        return use
    }

    private static func path(_ text: String, of place: String) throws -> String {
        var path = text
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        let parts = path.split(separator: "/")
        guard path.hasPrefix("/"), path == cleaned(path, keepTabs: false), path.utf8.count <= 1024,
            !parts.contains(".."), !parts.contains(".")
        else {
            throw Failure.malformed(
                "\(quoted(text)) is not a folder of \(place)",
                fix: "write it from / on, without . and .."
            )
        }
        return path
    }

    /// The engine's rule for names, shorter because ours stands in front.
    private static func volumeName(_ text: String) throws -> String {
        guard let first = text.utf8.first, first.isLetterOrDigit, text.utf8.count <= 64,
            text.utf8.allSatisfy({ $0.isLetterOrDigit || "_.-".utf8.contains($0) })
        else {
            throw Failure.malformed(
                "\(quoted(text)) is neither a folder of the host nor a volume",
                fix: "write the folder from / on; a volume is one word of letters, digits, '_', '.' and '-'"
            )
        }
        return text
    }
}

/// Whose a folder for data is to be: Dokku's words, or a number.
struct FolderOwner: Sendable, Equatable {
    /// Nil leaves it ours and open to all.
    let id: UInt32?

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(_ text: String?) throws {
        let known: [String: UInt32] = ["herokuish": 32767, "heroku": 1000, "packeto": 2000, "paketo": 2000, "root": 0]
        guard let text, text != "false" else {
            id = nil
            return
        }
        guard let found = known[text] ?? UInt32(text).flatMap({ $0 < 65536 ? $0 : nil }) else {
            throw Failure.malformed(
                "\(quoted(text)) is nobody a folder can be given to",
                fix: "use herokuish, heroku, paketo, root, false or a number below 65536"
            )
        }
        id = found
    }
}
