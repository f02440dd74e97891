import Core
import Files
import SystemPackage

extension ProxyError.Refusal {
    /// Reads what `nginx -t` prints: the first emergency, as in `nginx: [emerg] REASON in FILE:LINE`.
    init(report: String) {
        let lines = report.split(separator: "\n").map { cleaned(String($0), keepTabs: false).trimmed }
        let line = lines.first { $0.contains("[emerg]") } ?? lines.last { !$0.isEmpty } ?? "nginx said nothing"
        var text = line[...]
        if let mark = text.firstRange(of: "[emerg] ") { text = text[mark.upperBound...] }
        // Once nginx has opened its log it says who speaks: `7684#7684: `.
        let speaker = text.prefix { $0.isNumber || $0 == "#" }
        if speaker.contains("#"), text.dropFirst(speaker.count).hasPrefix(": ") {
            text = text.dropFirst(speaker.count + 2)
        }
        self.init(reason: String(text))
        guard let place = text.ranges(of: " in /").last else { return }
        let words = text[text.index(place.lowerBound, offsetBy: 4)...].split(separator: ":")
        guard words.count == 2, let number = Int(words[1]) else { return }
        reason = String(text[..<place.lowerBound])
        file = FilePath(String(words[0]))
        self.line = number
    }

    /// The same with the place in the template instead of the one in the text made from it.
    func traced(to origins: [FilePath: TemplateOrigin]) -> Self {
        guard let file, let line, let origin = origins[file], origin.lines.indices.contains(line - 1) else {
            return self
        }
        var copy = self
        (copy.file, copy.line) = (origin.path, origin.lines[line - 1])
        return copy
    }

    /// The first absolute path in quotes: how nginx names a certificate or a log that it cannot open.
    var quotedPath: String? {
        reason.split(separator: "\"").first { $0.hasPrefix("/") }.map(String.init)
    }
}

/// Where a text that was made from a template comes from.
struct TemplateOrigin: Sendable {
    var path: FilePath
    /// For each line of the text, the line of the template.
    var lines: [Int]
}

extension Nginx {
    /// The same refusal with the site that it is about, found in the files as they were tested.
    func owned(_ refusal: ProxyError.Refusal) throws -> ProxyError.Refusal {
        var owned = refusal
        for name in try listFolder(layout.sites) where name.hasSuffix(".conf") {
            let path = layout.sites.appending(name)
            guard let text = try text(of: path) else { continue }
            var isMeant = refusal.file == path
            if let file = refusal.file, !isMeant {
                isMeant = text.contains("include \(file.removingLastComponent())/*.conf;")
            } else if let quoted = refusal.quotedPath, !isMeant {
                isMeant = text.contains(" \(quoted);") || text.contains(" \(quoted) ")
            }
            if isMeant { owned.owner = ProxyError.Owner(siteText: text) }
        }
        return owned
    }
}

extension ProxyError.Owner {
    /// From the first line of a site's file: `# slipway: app TITLE, site ID. ...`.
    fileprivate init?(siteText: String) {
        let words = siteText.prefix { $0 != "\n" }.split(separator: " ")
        guard words.count > 5, words[1] == "slipway:" else { return nil }
        self.init(id: String(words[5].dropLast()), title: String(words[3].dropLast()))
    }
}
