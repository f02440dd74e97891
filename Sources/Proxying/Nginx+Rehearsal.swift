import Core
import Files
package import SystemPackage

extension Nginx {
    package func rehearse(_ sites: [Site]) async throws {
        let facts = try installed()
        let (wanted, origins) = try texts(sites, facts)
        do {
            try await exclusively { [self] in
                try restoreLeftovers(facts)
                let journal = Journal(
                    generation: generationNumber(in: try text(of: layout.generationFile)) ?? 0,
                    old: try Dictionary(uniqueKeysWithValues: wanted.keys.map { ($0.string, try text(of: $0)) })
                )
                try writeFile(layout.journal, encoded(journal))
                defer { try? restore(journal) }
                for (path, text) in wanted { try write(text, to: path) }
                try await check()
            }
        } catch ProxyError.refused(let refusal) {
            throw ProxyError.refused(refusal.traced(to: origins))
        }
    }

    package func check(only id: String) async throws {
        let facts = try installed()
        try await exclusively { [self] in
            try restoreLeftovers(facts)
            let generation = generationNumber(in: try text(of: layout.generationFile)) ?? 0
            var journal = Journal(generation: generation, old: [:])
            defer { try? restore(journal) }
            while let other = try await blamed(besides: id) {
                let file = layout.siteFile(other)
                // A site that was set aside is in nobody's way any more.
                guard let text = try text(of: file), journal.old[file.string] == nil else { return try await check() }
                journal.old[file.string] = text
                try writeFile(layout.journal, encoded(journal))
                try removeFile(file)
            }
        }
    }

    /// The site that nginx refuses; nil when it accepts everything.
    ///
    /// - Throws: ``ProxyError/refused(_:)`` when it is this one, or none.
    private func blamed(besides id: String) async throws -> String? {
        do {
            try await check()
            return nil
        } catch ProxyError.refused(let refusal) {
            guard let owner = refusal.owner?.id, owner != id else { throw ProxyError.refused(refusal) }
            return owner
        }
    }

    package func clean(_ id: String?) async throws -> [FilePath] {
        let facts = try installed()
        let gone = Gone()
        try await exclusively { [self] in
            try restoreLeftovers(facts)
            while try await dropsOne(id, gone) {}
            guard await !gone.paths.isEmpty, try master() != nil else { return }
            try await apply([:], facts, always: true) { try await check() }
        }
        return await gone.paths
    }

    private actor Gone {
        private(set) var paths: [FilePath] = []
        func add(_ path: FilePath) { paths.append(path) }
    }

    /// Takes away the file that nginx names; false when it names none.
    private func dropsOne(_ id: String?, _ gone: Gone) async throws -> Bool {
        do {
            try await check()
            return false
        } catch ProxyError.refused(let refusal) {
            let site = refusal.owner?.id
            guard let site, id == nil || id == site else { throw ProxyError.refused(refusal) }
            // Without a file it is a certificate or a log that the site's own text names.
            let file = refusal.file ?? layout.siteFile(site)
            if file.starts(with: layout.own) {
                try renameFile(file, to: FilePath("\(file).broken"))
            } else if file == layout.siteFile(site) {
                try removeFile(file)
            } else {
                throw ProxyError.refused(refusal)
            }
            await gone.add(file)
            return true
        }
    }

    package func snippets(of id: String) -> FilePath? { layout.snippets(of: id) }
}
