package import Core
import SystemPackage

extension Repositories {
    /// The files of a commit, those of its submodules included.
    ///
    /// - Parameters:
    ///   - revision: A commit, or a tag of one.
    ///   - folder: Only what is below this folder; `""` and `.` are the root.
    ///   - app: Whose repository.
    ///   - note: Told when a submodule has to be fetched, which may take minutes.
    /// - Returns: The files by name; none of their bytes is read yet.
    /// - Throws: ``GitError``; with code ``FailureCode/badSubmodule`` for a submodule that may or can not be fetched.
    package func snapshot(
        of revision: Revision,
        folder: String = "",
        in app: AppID,
        note: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> Snapshot {
        let folder = try Self.folder(folder)
        let reader = ObjectReader(path(of: app))
        let facts = try await reader.facts(of: revision.text)
        let contents = try await reader.contents(of: revision.text, folder: folder)
        let cache = root.removingLastComponent().appending("cache").appending("submodules")
        var submodules = Submodules(cache: cache, home: home, programs: programs, git: git, note: note)
        let store = submodules.add(reader)
        let files = try await submodules.files(of: contents, store: store, folder: folder)
        let sorted = files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        return Snapshot(entries: sorted, date: facts.date, stores: submodules.stores)
    }

    private static func folder(_ given: String) throws(GitError) -> String {
        if ["", ".", "./", "/"].contains(given) { return "" }
        guard let parts = FilePathRules.parts(given) else { throw .noSuchFolder(given) }
        return parts.joined(separator: "/")
    }
}
