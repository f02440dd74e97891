import Core

/// `HOST_OR_VOLUME:CONTAINER[:OPTION,...]`, as people write it.
struct StorageMount: Sendable, Equatable {
    /// An absolute path of the host, or the short name of a volume of the app.
    let source: String
    let target: String
    let options: MountOptions

    init(_ mount: Attachment) {
        source = mount.folder
        target = mount.target
        options = MountOptions(mount)
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
        target = try Self.containerFolder(parts[1])
        options = parts.count == 3 ? try MountOptions(parts[2]) : MountOptions()
    }

    var attachment: Attachment {
        var mount = Attachment(
            source: source,
            target: target,
            isReadOnly: options.use == .readOnly,
            isSingleWriter: options.use == .singleWriter
        )
        mount.options = options.further
        return mount
    }

    var text: String { options.text.isEmpty ? "\(source):\(target)" : "\(source):\(target):\(options.text)" }

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    static func containerFolder(_ text: String) throws -> String {
        let target = try path(text, of: "the container")
        guard target != "/" else { throw Failure.malformed("nothing can be mounted over / of the container") }
        return target
    }

    static func path(_ text: String, of place: String) throws -> String {
        var path = text
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        let parts = path.split(separator: "/")
        guard path.hasPrefix("/"), path == cleaned(path, keepTabs: false), path.utf8.count <= 1024,
            !path.contains(":"), !parts.contains(".."), !parts.contains(".")
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

/// What stands behind the second colon of a mount.
struct MountOptions: Sendable, Equatable {
    /// What instances may do with it.
    enum Use: String, CaseIterable, Sendable {
        case readAndWrite = "rw"
        case readOnly = "ro"
        /// One instance at a time has it.
        case singleWriter = "single-writer"
    }

    /// Groups of words of which one may be said: how mounts below spread, how fresh reads are, labels, and filling.
    private static let groups: [Set<String>] = [
        ["private", "rprivate", "shared", "rshared", "slave", "rslave"],
        ["consistent", "cached", "delegated", "default"], ["z", "Z"], ["nocopy"],
    ]

    var use = Use.readAndWrite
    /// In the order in which they were said.
    var further: [String] = []

    init() {}

    init(_ mount: Attachment) {
        use = mount.isReadOnly ? .readOnly : mount.isSingleWriter ? .singleWriter : .readAndWrite
        further = mount.options
    }

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(_ text: String) throws {
        var said: Set<Int> = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
            let group = Self.groups.firstIndex { $0.contains(word) }
            if let known = Use(rawValue: word), said.insert(-1).inserted {
                use = known
            } else if let group, said.insert(group).inserted {
                further.append(word)
            } else {
                throw Failure.malformed(
                    "\(quoted(word)) is not an option of a mount, or stands beside one of its kind",
                    fix:
                        "use ro for data that the app may not change, single-writer for what one process may have at a time"
                )
            }
        }
    }

    /// Empty for what needs no word.
    var text: String { ((use == .readAndWrite ? [] : [use.rawValue]) + further).joined(separator: ",") }
}
