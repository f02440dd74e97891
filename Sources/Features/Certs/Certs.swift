import Core
import Files
import GRDB
import Plugins
import Proxying
import Store
import SystemPackage

extension Feature {
    /// The certificate under which an app answers by https.
    static let certs = Feature(
        "certs",
        "The certificate under which an app answers by https",
        commands: CertsCommands.all,
        migrations: CertsTable.migrations,
        shapeSite: { site, app, host in try await Certs(on: host).shape(&site, app) },
        reports: { apps, host in try await Certs(on: host).reports(apps) }
    )
}

/// What can be done with certificates: one per app.
struct Certs: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    func find(_ app: App) async throws -> CertificatePair? {
        try await host.store.read { try CertsTable.find(app.id, $0) }
    }

    /// - Throws: ``Failure`` with code ``FailureCode/notFound``.
    func demand(_ app: App) async throws -> CertificatePair {
        if let pair = try await find(app) { return pair }
        throw Failure(
            .notFound,
            "\(app.name) has no certificate",
            fix: "tar -c server.crt server.key | \(command("certs:add", app))"
        )
    }

    /// Has the app answer under this certificate; nginx is told first, and the row follows once it agrees.
    ///
    /// - Returns: Whether anything is different now.
    /// - Throws: ``Failure`` with code ``FailureCode/proxyRefused``; the old certificate is in force then.
    func install(_ pair: CertificatePair, _ app: App, _ verb: String) async throws -> Bool {
        if try await find(app) == pair { return false }
        let (folder, now) = (folder(of: app), host.time.now())
        let facts = try CertificateFacts(pair)
        let event = event(verb, app, "\(facts.hostnames.joined(separator: " ")) until \(facts.expiresAt.text)")
        try await change(
            app,
            verb,
            shape: { Self.put(try folder.write(pair), on: &$0) },
            record: { database in
                try CertsTable.set(app.id, to: pair, at: now, database)
                try HostTable.record(event, database)
            }
        )
        await DokkuTree(on: host).renew(app)
        await Hooks(on: host).tell(.postCertsUpdate, [app.name.text], app: app.name)
        return true
    }

    /// Back to plain http.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/notFound``.
    func remove(_ app: App) async throws {
        _ = try await demand(app)
        let event = event("certs:remove", app, "no certificate")
        try await change(
            app,
            "certs:remove",
            shape: { $0.certificate = nil },
            record: { database in
                try CertsTable.remove(app.id, database)
                try HostTable.record(event, database)
            }
        )
        await DokkuTree(on: host).renew(app)
        await Hooks(on: host).tell(.postCertsRemove, [app.name.text], app: app.name)
    }

    /// Tells the site of the certificate, and brings its files back where they are missing.
    func shape(_ site: inout Site, _ app: App) async throws {
        guard let pair = try await find(app) else { return }
        Self.put(try folder(of: app).write(pair), on: &site)
    }

    /// Port 443 serves what port 80 serves, unless something is mapped to it already (Dokku).
    static func put(_ files: CertificateFiles, on site: inout Site) {
        site.certificate = files
        guard !site.mappings.contains(where: { $0.hostPort == 443 }),
            let plain = site.mappings.first(where: { $0.scheme == .http && $0.hostPort == 80 })
        else { return }
        site.mappings.append(Mapping(scheme: .https, hostPort: 443, upstream: plain.upstream))
    }

    func reports(_ apps: [App]) async throws -> [AppID: [ReportLine]] {
        let pairs = try await host.store.read { try CertsTable.all(of: apps.map(\.id), $0) }
        var result: [AppID: [ReportLine]] = [:]
        for app in apps { result[app.id] = try await report(app, pairs[app.id]) }
        return result
    }

    private func report(_ app: App, _ pair: CertificatePair?) async throws -> [ReportLine] {
        let facts = try pair.map { try CertificateFacts($0) }
        return [
            ReportLine("dir", folder(of: app).path.string),
            ReportLine("enabled", "\(facts != nil)"),
            ReportLine("hostnames", facts?.hostnames.joined(separator: " ") ?? ""),
            ReportLine("expires-at", facts?.expiresAt.openSSLText ?? ""),
            ReportLine("issuer", facts?.issuer ?? ""),
            ReportLine("starts-at", facts?.startsAt.openSSLText ?? ""),
            ReportLine("subject", facts?.subject ?? ""),
            ReportLine("verified", await facts?.verified(at: host.time.now()) ?? ""),
        ]
    }

    private func change(
        _ app: App,
        _ verb: String,
        shape: @escaping @Sendable (inout Site) throws -> Void,
        record: @escaping @Sendable (Database) throws -> Void
    ) async throws {
        do {
            try await Nginx(on: host).change(app, verb, shape: shape, record: record)
        } catch {
            try? await tidy(app)
            throw error
        }
        try await tidy(app)
    }

    /// Removes the files that the row does not name.
    ///
    /// Under the app's lock, since whoever changes the certificate just now has files without a row. Who finds the lock
    /// taken leaves them to the next change.
    private func tidy(_ app: App) async throws {
        guard let lock = try await Operations(on: host).takeLock(app.id, nil, within: .seconds(2)) else { return }
        defer { lock.release() }
        try folder(of: app).tidy(keeping: try await find(app))
    }

    private func folder(of app: App) -> CertsFolder { CertsFolder(path: host.paths.certificates(of: app.id)) }

    private func event(_ verb: String, _ app: App, _ detail: String) -> Event {
        Event(verb, detail, of: app, by: host)
    }

    private func command(_ verb: String, _ app: App) -> String { host.settings.command("\(verb) \(app.name)") }
}
