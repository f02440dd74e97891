import Core

extension Snapshot {
    /// The files as a tar archive, made while it is read: memory does not grow with the number or size of files.
    ///
    /// The same commit gives the same bytes: byte order, owner 0, modes 0644 and 0755, and the commit's date, so that a
    /// web server in the image tells a changed file by its time. Folders come before what is in them. Pieces are at
    /// most about 4 MiB; nothing is read ahead of the reader.
    /// - Parameters:
    ///   - keep: Whether a path goes in; folders go in when something in them does.
    ///   - extra: Files that come last, in place of any of the same path.
    /// - Returns: The bytes, to be gone through once or more often.
    package func tar(
        keeping keep: @escaping @Sendable (String) -> Bool,
        extra: [(path: String, bytes: [UInt8])] = []
    ) -> TarStream {
        TarStream(snapshot: self, keep: keep, extra: extra)
    }
}

/// A snapshot as the bytes of a tar archive.
package struct TarStream: AsyncSequence, Sendable {
    let snapshot: Snapshot
    let keep: @Sendable (String) -> Bool
    let extra: [(path: String, bytes: [UInt8])]

    package func makeAsyncIterator() -> Iterator {
        let replaced = extra.map { Array($0.path.utf8) }
        let kept = snapshot.entries.filter { entry in
            keep(entry.path) && !replaced.contains { entry.path.utf8.elementsEqual($0) }
        }
        return Iterator(snapshot: snapshot, entries: kept, extra: extra)
    }

    package struct Iterator: AsyncIteratorProtocol {
        private let snapshot: Snapshot
        private let entries: [Snapshot.Entry]
        private let extra: [(path: String, bytes: [UInt8])]
        private var index = 0
        private var folders: [Substring] = []
        private var cutters: [Int: BlobCutter] = [:]
        private var isInLarge = false
        private var isFinished = false

        init(snapshot: Snapshot, entries: [Snapshot.Entry], extra: [(path: String, bytes: [UInt8])]) {
            self.snapshot = snapshot
            self.entries = entries
            self.extra = extra
        }

        package mutating func next() async throws -> [UInt8]? {
            if isFinished { return nil }
            try Task.checkCancellation()
            if isInLarge { return try await largePiece() }
            var piece: [UInt8] = []
            while piece.count < 64 << 10, index < entries.count {
                let entry = entries[index]
                try await piece += head(of: entry)
                if entry.mode != .symlink, entry.size > Snapshot.largeBlob {
                    try await openLarge(entry)
                    return piece
                }
                if entry.mode != .symlink { try await piece += smallBlob(entry) }
                index += 1
            }
            if index == entries.count {
                piece += tail()
                isFinished = true
            }
            return piece
        }

        private mutating func head(of entry: Snapshot.Entry) async throws -> [UInt8] {
            guard entry.isText else {
                throw GitError.badTree(path: entry.path, why: "its name is not UTF-8: rename it, or ignore it")
            }
            let kind: TarKind
            switch entry.mode {
            case .submodule: throw GitError.badTree(path: entry.path, why: "it is a submodule that was not fetched")
            case .symlink: kind = .symlink(target: try await linkTarget(entry))
            case .file, .executable: kind = .file
            }
            let mode: UInt16 = entry.mode == .executable ? 0o755 : entry.mode == .symlink ? 0o777 : 0o644
            let size = entry.mode == .symlink ? 0 : entry.size
            return missingFolders(above: entry.path) + header(entry.path, kind, mode, size)
        }

        private func linkTarget(_ entry: Snapshot.Entry) async throws -> String {
            let bytes = try await snapshot.target(of: entry)
            guard let target = String(validating: bytes, as: UTF8.self) else {
                throw GitError.badTree(path: entry.path, why: "its target is not UTF-8")
            }
            return target
        }

        private func smallBlob(_ entry: Snapshot.Entry) async throws -> [UInt8] {
            let bytes = try await snapshot.stores[entry.store].reader.blob(entry.id)
            guard bytes.count == entry.size else {
                throw GitError.badTree(path: entry.path, why: "its size is not what the repository says")
            }
            return bytes + Tar.padding(entry.size)
        }

        private mutating func openLarge(_ entry: Snapshot.Entry) async throws {
            let store = entry.store
            var cutter: BlobCutter
            if let open = cutters[store] {
                cutter = open
            } else {
                let ids = entries[index...].filter {
                    $0.store == store && $0.mode != .symlink && $0.size > Snapshot.largeBlob
                }
                cutter = BlobCutter(BlobFeed(snapshot.stores[store], ids: ids.map(\.id)))
            }
            try await cutter.open(entry)
            cutters[store] = cutter
            isInLarge = true
        }

        private mutating func largePiece() async throws -> [UInt8] {
            let entry = entries[index]
            if let piece = try await cutters[entry.store]?.next() { return piece }
            isInLarge = false
            index += 1
            let padding = Tar.padding(entry.size)
            return try await padding + (next() ?? [])
        }

        private mutating func tail() -> [UInt8] {
            var bytes: [UInt8] = []
            for file in extra {
                bytes += missingFolders(above: file.path)
                bytes += header(file.path, .file, 0o644, Int64(file.bytes.count))
                bytes += file.bytes + Tar.padding(Int64(file.bytes.count))
            }
            return bytes + Tar.end
        }

        /// Entries come in byte order, so whatever is in a folder comes together and the last folder is all to remember.
        private mutating func missingFolders(above path: String) -> [UInt8] {
            let needed = path.split(separator: "/").dropLast()
            let shared = zip(needed, folders).prefix { $0.utf8.elementsEqual($1.utf8) }.count
            var bytes: [UInt8] = []
            for depth in (shared..<needed.count) where depth >= shared {
                bytes += header(needed.prefix(depth + 1).joined(separator: "/"), .folder, 0o755, 0)
            }
            folders = Array(needed)
            return bytes
        }

        private func header(_ name: String, _ kind: TarKind, _ mode: UInt16, _ size: Int64) -> [UInt8] {
            let seconds = snapshot.date.milliseconds / 1000
            return Tar.header(TarHeader(name: name, size: size, mode: mode, kind: kind, modified: seconds))
        }
    }
}
