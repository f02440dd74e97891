import Glibc

extension Hook {
    /// Files of this plugin's own, which outlive the plugin's folder.
    public var data: PluginData { PluginData(folder: "\(root)/plugin-data/\(plugin)", root: root) }
}

/// The folder `<root>/plugin-data/<plugin>/`: mode 0700, made when something is first written.
public struct PluginData: Sendable {
    public let folder: String
    let root: String

    /// The names of files, in alphabetical order, without those that begin with a dot.
    public func names(in part: String = "") throws -> [String] {
        guard let handle = opendir(try path(part)) else {
            if errno == ENOENT { return [] }
            throw problem(part)
        }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    /// The text of a file; nil when there is none.
    public func read(_ name: String) throws -> String? {
        let file = open(try path(name), O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw problem(name)
        }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(file, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0, bytes.count < 16 << 20 else { throw problem(name) }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }

    /// Writes a file whole, mode 0600: whoever reads it sees the old text or the new, also after a power cut.
    public func write(_ name: String, _ text: String) throws {
        let path = try path(name)
        try makeFolders(of: path)
        // Hidden, so that nobody takes what a process that died has left for a file of its own.
        let cut = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        let folder = String(path[..<cut])
        let temporary = "\(folder).\(path[cut...]).\(getpid())"
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw problem(name) }
        writeAll(file, text)
        giveToOwner(temporary)
        let isSafe = fsync(file) == 0 && lseek(file, 0, SEEK_END) == text.utf8.count
        close(file)
        guard isSafe, rename(temporary, path) == 0 else {
            defer { unlink(temporary) }
            throw problem(name)
        }
        // The name too outlives a power cut.
        let place = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { if place >= 0 { close(place) } }
        guard place >= 0, fsync(place) == 0 else { throw problem(name) }
    }

    /// Removes a file; one that is not there is fine.
    public func remove(_ name: String) throws {
        if unlink(try path(name)) != 0, errno != ENOENT { throw problem(name) }
    }

    /// Does something while nobody else does: the lock is gone with the process at the latest.
    ///
    /// - Parameters:
    ///   - name: Which of the plugin's locks.
    ///   - waits: Whether it waits for its turn; else, when somebody else has it, nothing is done.
    ///   - work: What is done.
    /// - Returns: What was done; nil when somebody else has the lock.
    /// - Throws: What the work throws; ``Refusal`` when there can be no lock.
    public func alone<Value>(_ name: String, waits: Bool = true, _ work: () throws -> Value) throws -> Value? {
        let path = try path(".\(name).lock", isHidden: true)
        try makeFolders(of: path)
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw problem(name) }
        defer { close(file) }
        giveToOwner(path)
        while flock(file, LOCK_EX | (waits ? 0 : LOCK_NB)) != 0 {
            if errno == EINTR { continue }
            if errno == EWOULDBLOCK { return nil }
            throw problem(name)
        }
        return try work()
    }

    /// - Throws: ``Refusal`` for a name that leads out of the folder.
    private func path(_ name: String, isHidden: Bool = false) throws -> String {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let isSound = parts.allSatisfy { part in
            !part.isEmpty && (isHidden || !part.hasPrefix(".")) && part.utf8.count <= 200 && !part.utf8.contains(0)
        }
        guard name.isEmpty || isSound, !root.isEmpty else { throw Refusal("\"\(name)\" is no name of a file") }
        return name.isEmpty ? folder : "\(folder)/\(name)"
    }

    private func makeFolders(of path: String) throws {
        var place = root
        for part in path.dropFirst(root.count).split(separator: "/").dropLast() {
            place += "/\(part)"
            if mkdir(place, 0o700) == 0 { giveToOwner(place) } else if errno != EEXIST { throw problem(place) }
        }
    }

    /// `install` runs as root, and what it makes must not lock out everything that runs later.
    private func giveToOwner(_ path: String) {
        var status = stat()
        guard geteuid() == 0, stat(root, &status) == 0, status.st_uid != 0 else { return }
        _ = lchown(path, status.st_uid, status.st_gid)
    }

    private func problem(_ name: String) -> Refusal {
        Refusal("\(folder)/\(name): \(String(cString: strerror(errno)))")
    }
}
