import Core
import SystemPackage

/// A folder of the host that has a name, so that apps can share it and people need not know where it lies.
struct StorageEntry: Sendable, Equatable {
    enum Reclaim: String, Sendable, CaseIterable {
        case retain = "Retain"
        case delete = "Delete"
    }

    let name: EntryName
    /// An absolute path of the host.
    var path: String
    /// Whose the folder is, as it was written; nil leaves it ours and open to all.
    var chown: String?
    /// Its permissions in octal digits, where somebody chose them.
    var mode: String?
    /// What becomes of the folder when the entry is destroyed.
    var reclaim = Reclaim.retain
    /// Kept for k3s, which reads them; here nothing does.
    var annotations: [String: String] = [:]
    var labels: [String: String] = [:]
    var createdAt = Timestamp(milliseconds: 0)

    /// The only scheduler there is.
    static let scheduler = "docker-local"
}

/// The name of an entry: a DNS label of at most 45 characters.
struct EntryName: CheckedText {
    let text: String

    /// What stands before the names that a migration gives.
    static let reserved = "legacy-"

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(_ text: String) throws(Failure) {
        let isPlain = text.utf8.allSatisfy { $0.isLowercaseLetterOrDigit || $0 == UInt8(ascii: "-") }
        guard (1...45).contains(text.utf8.count), isPlain, !text.hasPrefix("-"), !text.hasSuffix("-") else {
            throw .malformed(
                "\(quoted(text)) is not a name for storage",
                fix: "use at most 45 of a-z, 0-9 and '-', neither starting nor ending with '-'"
            )
        }
        self.text = text
    }

    /// The same for a new entry, which may not look like a migrated one.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(new text: String) throws(Failure) {
        try self.init(text)
        guard !text.hasPrefix(Self.reserved) else {
            throw .malformed(
                "\(quoted(text)) is reserved",
                fix: "\(Self.reserved) stands before the names that storage:migrate gives; choose another"
            )
        }
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

/// The permissions of a folder: three or four octal digits.
struct FolderMode: Sendable, Equatable {
    let bits: UInt32

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(_ text: String) throws {
        let isOctal = (3...4).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x37).contains($0) }
        guard isOctal, let bits = UInt32(text, radix: 8) else {
            throw Failure.malformed("\(quoted(text)) is not a mode", fix: "write three or four octal digits: 0755")
        }
        self.bits = bits
    }
}

/// A change of one field of an entry, as `storage:set` takes it.
struct EntryChange: Sendable {
    let name: String
    /// Nil is back to the default.
    let value: String?

    /// Those that k3s alone knows, and those that nobody may change there.
    private static let ofKubernetes: Set = ["namespace", "size"]
    private static let fixed: Set = ["access-mode", "storage-class-name"]
    private static let known = "chown, mode, reclaim-policy"

    /// - Throws: ``Failure`` when there is no such field, or it is not for this scheduler.
    init(_ name: String, _ value: String?) throws {
        if Self.fixed.contains(name) {
            throw Failure(.unchangeable, "\(name) cannot be changed", why: "it is fixed when an entry is created")
        }
        if Self.ofKubernetes.contains(name) { throw StorageEntry.onlyKubernetes(name) }
        self.name = name
        self.value = value
        switch name {
        case "chown": _ = try FolderOwner(value)
        case "mode": if let value { _ = try FolderMode(value) }
        case "reclaim-policy": if let value { _ = try StorageEntry.Reclaim(words: value) }
        default:
            throw Failure(.usage, "\(quoted(name)) is not a property of an entry", fix: "it is one of \(Self.known)")
        }
    }

    func applied(to entry: StorageEntry) throws -> StorageEntry {
        var copy = entry
        switch name {
        case "chown": copy.chown = value == "false" ? nil : value
        case "mode": copy.mode = value
        default: copy.reclaim = try value.map { try StorageEntry.Reclaim(words: $0) } ?? .retain
        }
        return copy
    }
}

extension StorageEntry {
    /// What is for k3s is refused, and not accepted and then forgotten.
    static func onlyKubernetes(_ name: String) -> Failure {
        Failure(
            .usage,
            "\(name) is for the scheduler k3s alone",
            why: "entries of \(scheduler) are folders of this host",
            fix: "leave it out"
        )
    }
}

extension StorageEntry.Reclaim {
    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(words: String) throws {
        guard let known = Self.allCases.first(where: { $0.rawValue.lowercased() == words.lowercased() }) else {
            throw Failure.malformed("\(quoted(words)) is not a reclaim policy", fix: "use Retain or Delete")
        }
        self = known
    }
}
