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
        Self.statements(text).compactMap { statement in
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

    /// The directives with the line they begin in; comments are left out, quotes taken off.
    static func statements(_ text: String) -> [(words: [String], line: Int)] {
        var statements: [(words: [String], line: Int)] = []
        var (words, word, line, first) = ([String](), [UInt8](), 1, 1)
        var quote: UInt8?
        var (isComment, isEscaped, isQuoted) = (false, false, false)
        func finish() {
            if !word.isEmpty || isQuoted { words.append(String(decoding: word, as: UTF8.self)) }
            (word, isQuoted) = ([], false)
        }
        for byte in text.utf8 {
            if byte == 10 { line += 1 }
            if isComment {
                isComment = byte != 10
            } else if isEscaped {
                word.append(byte)
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if let open = quote {
                if byte == open { quote = nil } else { word.append(byte) }
            } else if word.isEmpty, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                (quote, isQuoted) = (byte, true)
                if words.isEmpty { first = line }
            } else if [9, 10, 13, 32].contains(byte) {
                finish()
            } else if byte == UInt8(ascii: "#"), word.isEmpty {
                isComment = true
            } else if byte == UInt8(ascii: ";") || byte == UInt8(ascii: "}")
                || (byte == UInt8(ascii: "{") && word.last != UInt8(ascii: "$"))
            {
                finish()
                if !words.isEmpty { statements.append((words, first)) }
                words = []
            } else {
                if words.isEmpty, word.isEmpty { first = line }
                word.append(byte)
            }
        }
        finish()
        return words.isEmpty ? statements : statements + [(words, first)]
    }
}
