import Core
import Files
package import Probes
package import Programs
import SystemPackage

/// The nginx of this host, told by files and a reload.
///
/// A reload loses nothing that a client may not send again: listening sockets are handed on, old workers finish what
/// they have begun. They close connections that are idle just then, as nginx does for any reload; a client that sends
/// on such a one at that moment sees it closed before any byte of an answer and opens another (RFC 9112 §9.3.1).
/// nginx 1.22 has no setting against that; `keepalive_min_timeout` (1.27.4) only moves the moment, and lets old
/// workers answer new requests from old instances meanwhile, so it is not used.
package struct Nginx: Proxy {
    let layout: NginxLayout
    let programs: Programs
    let probes: Probes

    package init(layout: NginxLayout, programs: Programs = .live, probes: Probes = .live) {
        self.layout = layout
        self.programs = programs
        self.probes = probes
    }

    package func publish(_ sites: [Site]) async throws {
        let facts = try installed()
        let (wanted, origins) = try texts(sites, facts)
        do { try await change(wanted, facts) } catch ProxyError.refused(let refusal) {
            throw ProxyError.refused(refusal.traced(to: origins))
        }
    }

    /// What is written for sites, and where the lines of those with templates come from.
    func texts(_ sites: [Site], _ facts: NginxFacts) throws -> ([FilePath: String?], [FilePath: TemplateOrigin]) {
        var wanted: [FilePath: String?] = [:]
        var origins: [FilePath: TemplateOrigin] = [:]
        for site in sites {
            let path = layout.siteFile(site.id)
            let (text, lines) = try SiteText(site: site, layout: layout, facts: facts).written()
            wanted[path] = text
            if let template = site.template, let lines {
                origins[path] = TemplateOrigin(path: FilePath(template.path), lines: lines)
            }
        }
        return (wanted, origins)
    }

    package func withdraw(_ ids: [String]) async throws {
        let facts = try installed()
        var wanted: [FilePath: String?] = [:]
        for id in ids where isMade(id, of: "") { wanted.updateValue(nil, forKey: layout.siteFile(id)) }
        try await change(wanted, facts)
    }

    package func check() async throws { try await test(layout.words("-t")) }

    package func reload() async throws {
        let facts = try installed()
        try await exclusively { [self] in
            guard try master() != nil else { throw ProxyError.notRunning }
            try await apply([:], facts, always: true) { try await check() }
        }
    }

    package func configuration(of id: String) throws -> String? {
        guard isMade(id, of: "") else { return nil }
        return try text(of: layout.siteFile(id))
    }

    package func isServing(_ site: Site) throws -> Bool {
        try text(of: layout.siteFile(site.id)) == text(for: site)
    }

    package func text(for site: Site) throws -> String? {
        try SiteText(site: site, layout: layout, facts: installed()).rendered()
    }

    package func logFiles(of sites: [Site]) throws -> [LogFiles] {
        let facts = try installed()
        return try sites.map { try SiteText(site: $0, layout: layout, facts: facts).logFiles() }
    }

    package func generation() throws -> Int { generationNumber(in: try text(of: layout.generationFile)) ?? 0 }

    private func change(_ wanted: [FilePath: String?], _ facts: NginxFacts) async throws {
        try await exclusively { [self] in
            guard try master() != nil else { throw ProxyError.notRunning }
            try await apply(wanted, facts) { try await check() }
        }
    }

    /// Holds the host's lock for `work`, which is not ended by cancellation: half a change would be worse than one
    /// nobody waits for.
    func exclusively(_ work: @escaping @Sendable () async throws -> Void) async throws {
        guard let lock = try await takeLock(layout.lock, within: .seconds(60)) else { throw ProxyError.busy }
        defer { lock.release() }
        try Task.checkCancellation()
        let shielded = Task { try await work() }
        try await shielded.value
    }

    func installed() throws -> NginxFacts {
        guard let bytes = try readFile(layout.facts), let facts: NginxFacts = decoded(bytes) else {
            throw ProxyError.notInstalled(include: layout.includeLine)
        }
        return facts
    }

    func text(of path: FilePath) throws -> String? { try readFile(path).map { String(decoding: $0, as: UTF8.self) } }

    /// Runs nginx's own test, `-t` or `-T`.
    ///
    /// - Returns: What it printed to its standard output.
    /// - Throws: ``ProxyError/refused(_:)``.
    @discardableResult
    func test(_ words: [String]) async throws -> String {
        let outcome = try await programs.run(program(words))
        guard !outcome.ending.isSuccess else { return outcome.text }
        throw ProxyError.refused(try owned(ProxyError.Refusal(report: outcome.errorText)))
    }

    func program(_ words: [String]) -> Program {
        let all = layout.elevation + words
        // -T prints the whole configuration.
        return Program(FilePath(all[0]), Array(all.dropFirst()), limit: 64 << 20)
    }
}
