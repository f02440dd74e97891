import Proxying
import Core

/// The addresses of an app, as people paste them into a browser.
struct Urls: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    /// One per name and mapping; `https` where the app has a certificate.
    func all(of app: App) async throws -> [String] {
        guard let site = try await Nginx(on: host).presentSite(of: app) else { return [] }
        let settings = host.settings
        return site.names.filter { !$0.hasPrefix("*") }.flatMap { name in
            site.mappings.compactMap { mapping -> String? in
                if mapping.scheme.isEncrypted, site.certificate == nil { return nil }
                let shown = mapping.hostPort == 80 ? settings.httpPort : mapping.hostPort == 443 ? settings.httpsPort : mapping.hostPort
                let isUsual = mapping.scheme.isEncrypted ? shown == 443 : shown == 80
                let scheme = mapping.scheme.isEncrypted ? "https" : "http"
                return isUsual ? "\(scheme)://\(name)" : "\(scheme)://\(name):\(shown)"
            }
        }
    }
}
