import Core
import Proxying

/// An app's own template, which comes with its source and goes back with a release.
extension Nginx {
    static let disabled = "disable-custom-config"
    private static let path = "nginx-conf-sigil-path"

    /// The template in a source; nil when there is none, or when the app is not to have one.
    func template(
        for app: App,
        reading read: (String) async throws -> [UInt8]?
    ) async throws -> NginxTemplate? {
        let options = try await Properties("nginx", on: host).all(NginxCommands.properties, of: app)
        guard let path = options[Self.path], options[Self.disabled] != "true", let bytes = try await read(path) else {
            return nil
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(.badSource, "\(quoted(path)) is not UTF-8 text", fix: "write it as UTF-8")
        }
        return NginxTemplate(path: path, text: text)
    }

    /// The template of a release, or the one that a plugin has for its app, with what it may ask for.
    func template(
        _ release: Release,
        _ addresses: [ProcessType: [String]],
        of app: App
    ) async throws -> SiteTemplate? {
        guard let template = try await pluginTemplate(for: app, unless: release.facts.nginxTemplate) else { return nil }
        let port = Ports.webPort(release.settings, release.facts)
        return SiteTemplate(
            path: template.path,
            text: template.text,
            variables: release.settings.environment,
            listeners: Dictionary(
                uniqueKeysWithValues: addresses.map { type, all in (type.text, all.map { "\($0):\(port)" }) }
            )
        )
    }

    /// Asks nginx whether it takes what a source wants it to be told, before anything is built.
    ///
    /// - Throws: ``Failure`` with the line of the template.
    func rehearse(_ release: Release, of app: App) async throws {
        guard release.facts.nginxTemplate != nil, try await AppProxy(on: host).isBehindNginx(app) else { return }
        var site = try await site(of: app, serving: release, at: [.web: ["127.0.0.1"]])
        site.maintenance = nil
        try await host.proxy.rehearse([site])
    }
}
