import Core
import Files
import Programs
import SystemPackage

extension Nginx {
    package func install() async throws {
        try await exclusively { [self] in
            try makeFolder(layout.sites)
            try makeFolder(layout.logFolder)
            let version = try await version()
            let facts = NginxFacts(version: version, dump: try await foreignDump(), layout: layout)
            let main = HostText(layout: layout, facts: facts).main()
            let files = [layout.main: main, layout.facts: String(decoding: try encoded(facts), as: UTF8.self)]
            try await apply(files, facts) {
                guard try await test(layout.words("-T")).contains("# configuration file \(layout.main):") else {
                    throw ProxyError.notInstalled(include: layout.includeLine)
                }
            }
        }
    }

    /// The whole configuration as nginx reads it, to find what is not ours.
    ///
    /// nginx prints nothing when its test fails. What fails may be our own text, which no longer fits to a foreign
    /// file, or that it is not there yet: then nginx is asked once more with an empty one.
    private func foreignDump() async throws -> String {
        do {
            return try await test(layout.words("-T"))
        } catch {
            let number = generationNumber(in: try text(of: layout.generationFile)) ?? 0
            let journal = Journal(generation: number, old: [layout.main.string: try text(of: layout.main)])
            try writeFile(layout.journal, encoded(journal))
            try writeFile(layout.main, Array("# being rewritten\n".utf8))
            defer { try? restore(journal) }
            return try await test(layout.words("-T"))
        }
    }

    private func version() async throws -> NginxVersion {
        let outcome = try await programs.run(Program(layout.binary, ["-v"]))
        guard let version = NginxVersion(report: outcome.errorText) else {
            throw Failure(.programFailed, "\(layout.binary) -v names no version", why: quoted(outcome.errorText))
        }
        return version
    }
}
