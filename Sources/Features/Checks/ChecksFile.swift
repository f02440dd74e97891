import Core

/// The file `CHECKS` of older days: settings, then lines of a path and what its answer must hold.
///
/// app.json says the same and more; this is read as checks of `web` where that names none.
enum ChecksFile {
    static let name = "CHECKS"

    /// - Throws: ``Failure`` with code ``FailureCode/badAppJSON`` that names the line.
    static func checks(_ text: String) throws(Failure) -> [HealthCheck] {
        var common = HealthCheck()
        (common.wait, common.timeout, common.attempts) = (5, 30, 5)
        var asked: [(path: String, host: String?, content: String?)] = []
        for (index, raw) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let line = String(raw).trimmed
            if line.isEmpty || line.hasPrefix("#") { continue }
            if let mark = line.firstIndex(of: "="), line[..<mark].allSatisfy({ $0.isUppercase }) {
                guard let number = Int(line[line.index(after: mark)...]), (0...86400).contains(number) else {
                    throw bad(index, "\(line[..<mark]) is no number")
                }
                switch line[..<mark] {
                case "WAIT": common.wait = number
                case "TIMEOUT": common.timeout = max(1, number)
                case "ATTEMPTS": common.attempts = max(1, number)
                default: throw bad(index, "\(quoted(String(line[..<mark]))) is no setting")
                }
                continue
            }
            asked.append(try question(line, index))
        }
        return asked.map { one in
            var check = common
            (check.path, check.content) = (one.path, one.content)
            if let host = one.host { check.httpHeaders = [.init(name: "Host", value: host)] }
            return check
        }
    }

    /// `/path`, `//host/path` or `http://host/path`, then words.
    private static func question(_ line: String, _ index: Int) throws(Failure) -> (
        path: String, host: String?, content: String?
    ) {
        guard !line.contains("{{"), line == cleaned(line, keepTabs: false) else {
            throw bad(index, "templates are not filled in here")
        }
        let words = line.split(separator: " ", maxSplits: 1).map(String.init)
        let content = words.count == 2 ? words[1].trimmed : nil
        var address = words[0]
        for scheme in ["http:", "https:"] where address.hasPrefix("\(scheme)//") {
            address = String(address.dropFirst(scheme.count))
        }
        guard address.hasPrefix("/") else { throw bad(index, "\(quoted(words[0])) is no path") }
        guard address.hasPrefix("//") else { return (address, nil, content) }
        let rest = address.dropFirst(2)
        let host = rest.prefix { $0 != "/" }
        guard !host.isEmpty else { throw bad(index, "\(quoted(words[0])) has no host") }
        let path = String(rest[host.endIndex...])
        return (path.isEmpty ? "/" : path, String(host), content)
    }

    private static func bad(_ index: Int, _ why: String) -> Failure {
        Failure(
            .badAppJSON,
            "Invalid CHECKS",
            why: "line \(index + 1): \(why)",
            fix: "say it as healthchecks of web in app.json instead, and take CHECKS out"
        )
    }
}
