import Core
import Plugins
import Proxying

extension Feature {
    /// Where an app answers.
    static let urls = Feature("urls", "The addresses under which an app answers", commands: UrlsCommands.all)
}

/// The addresses of an app, as people paste them into a browser.
struct Urls: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    /// One per name and mapping; `https` where the app has a certificate.
    ///
    /// An app without names is reached by those of the host, on ports that it shares with no other; one that is taken
    /// from behind the proxy has those of its processes.
    func all(of app: App) async throws -> [String] {
        let hooks = Hooks(on: host)
        let answered = try await hooks.lines(.appURLs, [app.name.text, "urls"], app: app.name)
        return answered.isEmpty ? try await known(of: app) : answered
    }

    /// The same without a plugin's word.
    private func known(of app: App) async throws -> [String] {
        guard let site = try await Nginx(on: host).presentSite(of: app) else { return try await pastNginx(app) }
        let settings = host.settings
        let isElsewhere =
            site.certificate == nil ? try await Nginx(on: host).isEncryptedElsewhere(app) : false
        let isNameless = site.names.isEmpty
        let names = isNameless ? try await namesOfHost() : site.names.filter { !$0.hasPrefix("*") && $0 != "_" }
        let mappings = site.placedMappings.filter { !isNameless || ![80, 443].contains($0.hostPort) }
        return names.flatMap { name in
            mappings.compactMap { mapping -> String? in
                if mapping.scheme.isEncrypted, site.certificate == nil { return nil }
                let shown =
                    mapping.hostPort == 80
                    ? settings.httpPort : mapping.hostPort == 443 ? settings.httpsPort : mapping.hostPort
                if isElsewhere, mapping.scheme == .http, mapping.hostPort == 80 { return "https://\(name)" }
                let isUsual = mapping.scheme.isEncrypted ? shown == 443 : shown == 80
                let scheme = mapping.scheme.isEncrypted ? "https" : "http"
                return isUsual ? "\(scheme)://\(name)" : "\(scheme)://\(name):\(shown)"
            }
        }
    }

    /// Of an app that nginx does not serve: as its proxy does, and without one where its processes listen, which this
    /// host reaches.
    private func pastNginx(_ app: App) async throws -> [String] {
        guard let release = try await Releases(on: host).current(of: app) else { return [] }
        let proxy = AppProxy(on: host)
        guard try await proxy.isEnabled(app) else {
            if try await Apps(on: host).find(app.id).isStopped { return [] }
            let port = Ports.webPort(release.settings, release.facts)
            let live = try await Ps(on: host).instances(of: app).filter { $0.type == .web && $0.state == .live }
            return live.map { "http://\($0.address):\(port)" }
        }
        guard let other = AlternateProxy.named(try await proxy.type(of: app)) else { return [] }
        let names = try await Domains(on: host).names(of: app).filter { !$0.isWildcard && !$0.isCatchAll }
        let values = try await Properties(other.noun, on: host).all(other.properties, of: app)
        return other.urls(names, Ports.effective(release.settings, release.facts), values)
    }

    /// The global domains, else what people reach this machine by.
    private func namesOfHost() async throws -> [String] {
        let global = try await Domains(on: host).global().filter { !$0.isWildcard && !$0.isCatchAll }.map(\.text)
        if !global.isEmpty { return global }
        let name = String(host.settings.sshAddress.split(separator: "@").last ?? "localhost")
        return [name.contains(":") ? "[\(name)]" : name]
    }

    /// At least one address.
    ///
    /// - Throws: ``Failure`` that says why there is none.
    func demanded(of app: App) async throws -> [String] {
        let all = try await all(of: app)
        guard all.isEmpty else { return all }
        guard app.current != nil else { throw Failure.notDeployed(app) }
        guard try await AppProxy(on: host).isEnabled(app) else {
            throw Failure(
                .notFound,
                "\(app.name) is not behind the proxy",
                why: "it was turned off",
                fix: "slipway proxy:enable \(app.name)"
            )
        }
        throw Failure(
            .notFound,
            "\(app.name) has no name to answer under",
            fix: "slipway domains:add \(app.name) NAME"
        )
    }
}
