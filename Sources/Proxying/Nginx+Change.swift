import Core
import Files
import Glibc
import SystemPackage

/// What a publisher is about to change, written before it begins; whoever finds one later puts the old texts back.
struct Journal: Codable {
    /// The generation that is being written.
    var generation: Int
    /// Path to old text; nil for a file that was not there.
    var old: [String: String?]
}

extension Nginx {
    /// Writes files, tests and reloads, as one: afterwards all of it is served, or nothing has changed.
    ///
    /// The lock is held. Nothing is done when the files are as wanted and the running nginx has loaded them.
    ///
    /// - Parameters:
    ///   - wanted: Path to text, nil for none.
    ///   - facts: What the texts were written for.
    ///   - always: Tests and reloads even when nothing is different.
    ///   - test: Asks nginx whether it would take what is on the disk.
    /// - Throws: What `test` throws, or ``ProxyError/keepsOld(log:)``; the old texts are back then.
    func apply(
        _ wanted: [FilePath: String?],
        _ facts: NginxFacts,
        always: Bool = false,
        test: () async throws -> Void
    ) async throws {
        try restoreLeftovers(facts)
        let changed = try wanted.filter { try text(of: $0.key) != $0.value }
        let present = generationNumber(in: try text(of: layout.generationFile))
        if !always, changed.isEmpty, let present, try await isSettled(present) { return }

        let next = present.map { $0 + 1 } ?? time(nil)
        var files = changed
        files[layout.generationFile] = HostText(layout: layout, facts: facts).generation(next)
        let journal = Journal(
            generation: next,
            old: try Dictionary(uniqueKeysWithValues: files.map { ($0.key.string, try text(of: $0.key)) })
        )
        try writeFile(layout.journal, encoded(journal))
        do {
            for (path, text) in files { try write(text, to: path) }
            try await test()
        } catch {
            try restore(journal)
            throw error
        }
        try await load(next, journal, facts)
        try removeFile(layout.journal)
    }

    private func load(_ generation: Int, _ journal: Journal, _ facts: NginxFacts) async throws {
        guard let master = try master() else { return }
        let before = workers(of: master)
        do {
            try await reload(master, to: generation, replacing: before)
        } catch {
            try restore(journal, as: HostText(layout: layout, facts: facts).generation(generation + 1))
            // The one that failed may yet be loaded: a second reload makes sure that the old texts win.
            try? await reload(master, to: generation + 1, replacing: before, within: .seconds(5))
            throw error
        }
        try remember(older: before, than: generation)
    }

    private func isSettled(_ generation: Int) async throws -> Bool {
        if try master() == nil { return true }
        return await loadedGeneration() == generation
    }

    /// Puts right what a publisher left that died in the middle.
    func restoreLeftovers(_ facts: NginxFacts) throws {
        guard let bytes = try readFile(layout.journal) else { return }
        if let journal: Journal = decoded(bytes) {
            try restore(journal, as: HostText(layout: layout, facts: facts).generation(journal.generation + 1))
        } else {
            // Written whole or not at all, so this is somebody else's hand; there is nothing to go by.
            try removeFile(layout.journal)
        }
    }

    /// - Parameters:
    ///   - journal: The old texts.
    ///   - generation: Stands in for the old `generation.conf` where nginx may have seen the new one: a number is never
    ///     used for two different things.
    /// - Throws: `FileError`.
    func restore(_ journal: Journal, as generation: String? = nil) throws {
        for (path, old) in journal.old {
            let isGeneration = path == layout.generationFile.string
            try write(isGeneration ? generation ?? old : old, to: FilePath(path))
        }
        try removeFile(layout.journal)
    }

    func write(_ text: String?, to path: FilePath) throws {
        if let text { try writeFile(path, Array(text.utf8)) } else { try removeFile(path) }
    }
}
