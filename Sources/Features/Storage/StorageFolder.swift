import Core
import Files
import Glibc
import SystemPackage

/// A folder for data on this host.
///
/// What lies in it was written by containers, so nothing here follows a link inside it.
struct StorageFolder: Sendable {
    let path: FilePath

    init(_ path: FilePath) { self.path = path }

    /// As far as we may look.
    var isMissing: Bool { access(path.string, F_OK) != 0 && errno == ENOENT }

    /// Makes it when absent; nobody but us and the engine gets past the folder above it.
    func make() throws { try makeFolder(path) }

    /// Gives it, and nothing below it, to a user of containers.
    ///
    /// - Returns: False when only root may do that.
    func give(to owner: UInt32?, mode: UInt32) throws -> Bool {
        try withFolder { folder in
            if let owner, fchown(folder, owner, owner) != 0 {
                if errno == EPERM { return false }
                throw FileError(path, Errno(rawValue: errno))
            }
            guard fchmod(folder, mode) == 0 else {
                if errno == EPERM { return false }
                throw FileError(path, Errno(rawValue: errno))
            }
            return true
        }
    }

    /// Makes the folders of `subpath` in it where they are absent.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/taken`` when something else, a link for example, is on the way.
    func make(below subpath: String) throws {
        let parts = subpath.split(separator: "/").map(String.init)
        try withFolder { top in
            var folder = dup(top)
            defer { close(folder) }
            for part in parts {
                if mkdirat(folder, part, 0o777) == 0 { _ = fchmodat(folder, part, 0o777, 0) }
                let next = openat(folder, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                guard next >= 0 else {
                    throw Failure(
                        .taken,
                        "\(path.appending(subpath)) cannot be mounted",
                        why: "\(quoted(part)) of it is no plain folder, or not ours to make"
                    )
                }
                close(folder)
                folder = next
            }
        }
    }

    /// Whether `subpath` leads from here over plain folders to one.
    func holds(plain subpath: String) -> Bool {
        var step = path
        for part in subpath.split(separator: "/") {
            step.append(String(part))
            do {
                guard try step.stat(followTargetSymlink: false).type == .directory else { return false }
            } catch {
                // What we may not look at was made for somebody else; the engine says what is wrong with it.
                return error == .permissionDenied
            }
        }
        return true
    }

    private func withFolder<Value>(_ body: (Int32) throws -> Value) throws -> Value {
        let folder = open(path.string, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard folder >= 0 else { throw FileError(path, Errno(rawValue: errno)) }
        defer { close(folder) }
        return try body(folder)
    }
}
