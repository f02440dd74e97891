import Core
import SystemPackage

/// What an app's own template may not say, though nginx would take it.
///
/// nginx reads its configuration and opens its logs as root, for every app of the host: a template comes from whoever
/// may push, and must neither reach other apps nor files of the host.
struct CustomText {
    let site: Site
    let layout: NginxLayout

    /// The number of a line, from 1 on, and what is wrong there.
    func faults(in text: String) -> [(line: Int, reason: String)] {
        NginxWords.statements(of: text).compactMap { statement in
            fault(statement.words).map { (statement.line, $0) }
        }
    }

    private func fault(_ words: [String]) -> String? {
        guard let directive = words.first else { return nil }
        let values = Array(words.dropFirst())
        switch directive {
        case "include": return include(values)
        case "access_log", "error_log":
            let isFine = values.first.map { $0 == "off" || $0 == "/dev/null" || isOurLog($0) } ?? false
            return isFine ? nil : "\(directive) may only name off or a file in \(layout.logFolder) that ends in .log"
        case "server_name": return values.first { !isOurs($0) }.map { "\(quoted($0)) is not a name of \(site.title)" }
        case "listen": return listen(values)
        case "ssl_certificate", "ssl_certificate_key":
            let own = site.certificate.map { directive.hasSuffix("key") ? $0.key : $0.certificate }
            return values.first == own?.string ? nil : "\(directive) may only name the certificate of \(site.title)"
        case "proxy_cache_path", "fastcgi_cache_path", "uwsgi_cache_path", "scgi_cache_path":
            let isFine = values.first.map { $0.hasPrefix("/var/cache/nginx/") && isPlainPath(FilePath($0)) } ?? false
            return isFine ? nil : "\(directive) may only name a folder in /var/cache/nginx"
        default:
            let state = layout.folder.removingLastComponent()
            if values.contains(where: { $0.hasPrefix("/") && FilePath($0).lexicallyNormalized().starts(with: state) }) {
                return "\(directive) may not lead into the state of slipway"
            }
            let isRefused = Self.refused.contains(directive) || Self.endings.contains { directive.hasSuffix($0) }
            return isRefused || directive.hasPrefix("js_") || directive.hasPrefix("perl")
                ? "\(directive) is not for an app" : nil
        }
    }

    private static let refused: Set = [
        "load_module", "user", "env", "pid", "daemon", "master_process", "lock_file", "working_directory", "ssl_engine",
        "dav_methods",
    ]
    private static let endings = ["_temp_path", "_store", "_by_lua", "_by_lua_block", "_by_lua_file"]

    private func include(_ values: [String]) -> String? {
        guard let path = values.first, !path.contains("..") else { return "include is told no file" }
        if !path.hasPrefix("/") { return nil }
        if let own = site.includes, path.hasPrefix("\(own)/") { return nil }
        return "include may only name the app's nginx.conf.d or a file of nginx's own folder"
    }

    private func listen(_ values: [String]) -> String? {
        if values.contains("default_server") || values.contains("default") {
            return "the default server is the host's, not an app's"
        }
        return values.first?.hasPrefix("unix:") == true ? "listen may only name a port" : nil
    }

    private func isOurLog(_ path: String) -> Bool {
        isLogPath(path)
            || path.hasPrefix("\(layout.logFolder)/") && path.hasSuffix(".log") && isPlainPath(FilePath(path))
    }

    /// A name of the app, or one below it.
    private func isOurs(_ name: String) -> Bool {
        let name = name.lowercased()
        if name == "\"\"" || name.isEmpty || name.hasSuffix(".slipway.invalid") { return true }
        if name == "_" || name == "~^" { return site.names.contains("_") }
        return site.names.contains { $0 == name || ".\($0)" == name || "*.\($0)" == name }
    }
}
