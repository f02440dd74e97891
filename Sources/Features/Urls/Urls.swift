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
    func all(of app: App) async throws -> [String] {
        let hooks = Hooks(on: host)
        let answered = try await hooks.lines(.appURLs, [app.name.text, "urls"], app: app.name)
        return answered.isEmpty ? try await known(of: app) : answered
    }

    /// The same without a plugin's word.
    private func known(of app: App) async throws -> [String] {
        guard let site = try await Nginx(on: host).presentSite(of: app) else { return [] }
        let settings = host.settings
        let isElsewhere =
            site.certificate == nil ? try await Nginx(on: host).isEncryptedElsewhere(app) : false
        return site.names.filter { !$0.hasPrefix("*") && $0 != "_" }.flatMap { name in
            site.mappings.compactMap { mapping -> String? in
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
