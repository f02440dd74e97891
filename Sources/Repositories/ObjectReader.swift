import CGit
import Core
import SystemPackage

/// Reads trees and blobs of one repository, away from the shared thread pool.
actor ObjectReader {
    nonisolated let path: FilePath
    private let executor = QueueExecutor()
    private var repository: Repository?

    init(_ path: FilePath) { self.path = path }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// The files below `folder` ("" is the root) of a commit, and its submodule file where it has submodules.
    func contents(of revision: String, folder: String) throws -> TreeContents {
        try opened().contents(of: revision, folder: folder)
    }

    /// The whole of a blob, which the caller knows to be small.
    func blob(_ id: String) throws -> [UInt8] { try opened().blob(id) }

    func facts(of revision: String) throws -> CommitFacts { try opened().facts(of: revision) }

    func resolve(_ name: String) throws -> Revision? { try opened().resolve(name) }

    private func opened() throws -> Repository {
        if let repository { return repository }
        let opened = try Repository(path)
        repository = opened
        return opened
    }
}

extension Repository {
    func blob(_ id: String) throws(GitError) -> [UInt8] {
        var oid = try git_oid(id)
        var database: OpaquePointer?
        try check(git_repository_odb(&database, pointer), "opening the object store")
        defer { git_odb_free(database) }
        var object: OpaquePointer?
        try check(git_odb_read(&object, database, &oid), "reading \(id)")
        defer { git_odb_object_free(object) }
        return Array(UnsafeRawBufferPointer(start: git_odb_object_data(object), count: git_odb_object_size(object)))
    }
}
