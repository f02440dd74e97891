import Core
import Files
import FoundationEssentials
import Plugins
import Proxying
import SystemPackage

/// What plugins have to say about what nginx is told.
extension Nginx {
    /// Tells nginx of sites, once the hooks of `nginx-pre-reload` have had their say.
    ///
    /// A hook finds the new text in `$DOKKU_ROOT/<app>/nginx.conf` and may change it, and the files beside it in
    /// `nginx.conf.d`. nginx tests what they leave. A hook that refuses, or a text that nginx refuses, puts all of it
    /// back, and the old goes on serving.
    func tell(_ sites: [Site]) async throws {
        guard !sites.isEmpty, try await Hooks(on: host).has(.nginxPreReload) else {
            return try await host.proxy.publish(try sites.map { try Amendment(of: $0, on: host).dropped() })
        }
        var turns: [AmendmentTurn] = []
        do {
            var told: [Site] = []
            for site in sites {
                let amendment = try Amendment(of: site, on: host)
                guard let plain = try host.proxy.text(for: amendment.plainSite) else {
                    told.append(site)
                    continue
                }
                let turn = try AmendmentTurn(amendment, plain: plain)
                turns.append(turn)
                try await turn.stage()
                let (address, port) = Self.upstream(of: site)
                try await Hooks(on: host).fire(.nginxPreReload, [site.title, port, address], app: amendment.app)
                told.append(try turn.amendedSite())
            }
            try await host.proxy.publish(told)
            // A file beside the text is nothing that the text tells of.
            if try turns.contains(where: { try $0.hasOtherSnippets() }) { try await host.proxy.reload() }
            for turn in turns { try turn.keep() }
        } catch {
            for turn in turns { try? turn.putBack() }
            throw error
        }
    }

    /// Where the first instance answers; empty words where there is none.
    private static func upstream(of site: Site) -> (address: String, port: String) {
        guard let first = site.mappings.lazy.compactMap(\.upstream.first).first, let mark = first.lastIndex(of: ":")
        else { return ("", "") }
        return (String(first[..<mark]), String(first[first.index(after: mark)...]))
    }

    /// What hooks know and the database does not.
    func shapeByHooks(_ site: inout Site, _ app: App) async throws {
        site.amended = try Amendment(of: site, on: host).kept()
        guard site.certificate == nil, try await isEncryptedElsewhere(app) else { return }
        // What was set by hand is meant so.
        let name = "x-forwarded-proto-value"
        if [nil, "", NginxProperty.named(name)?.initial].contains(site.options[name]) { site.options[name] = "https" }
    }

    /// Whether something in front of this host speaks https for the app (the trigger `certs-force`).
    func isEncryptedElsewhere(_ app: App) async throws -> Bool {
        let hooks = Hooks(on: host)
        guard try await hooks.has(.certsForce) else { return false }
        return try await hooks.value(.certsForce, [app.name.text], app: app.name) == "true"
    }

    /// The source's own template, else the one whose path a hook of `nginx-app-template-source` says.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/pluginFailed`` for a path that leads to no text.
    func pluginTemplate(for app: App, unless own: NginxTemplate?) async throws -> NginxTemplate? {
        if let own { return own }
        let hooks = Hooks(on: host)
        guard try await hooks.has(.nginxAppTemplateSource),
            let path = try await hooks.value(
                .nginxAppTemplateSource,
                [app.name.text, "app-config"],
                app: app.name
            )
        else { return nil }
        let bytes = path.hasPrefix("/") ? try? readFile(FilePath(path), limit: 1 << 20) : nil
        guard let text = bytes.flatMap({ String(validating: $0, as: UTF8.self) }) else {
            throw Failure(
                .pluginFailed,
                "\(quoted(path)) is no template",
                why: "a hook of nginx-app-template-source named it, and it leads to no text of at most 1 MiB",
                fix: "let the hook print the full path of a file, or nothing"
            )
        }
        return NginxTemplate(path: path, text: text)
    }
}
