package import Core
package import SystemPackage

/// Why the proxy did not take what it was given; in every case it serves what it served before.
package enum ProxyError: Error, Equatable, Explained {
    /// What nginx says against a configuration.
    package struct Refusal: Equatable, Sendable {
        /// nginx's own sentence, without the file.
        package var reason: String
        package var file: FilePath?
        package var line: Int?
        /// The site whose text, certificate or included file is at fault; nil for what is not ours.
        package var owner: Owner?

        package init(reason: String, file: FilePath? = nil, line: Int? = nil, owner: Owner? = nil) {
            self.reason = reason
            self.file = file
            self.line = line
            self.owner = owner
        }
    }

    /// A site, as far as a message needs it.
    package struct Owner: Equatable, Sendable {
        package var id: String
        package var title: String

        package init(id: String, title: String) {
            self.id = id
            self.title = title
        }
    }

    /// nginx's test fails.
    case refused(Refusal)
    /// The test passed and nginx was told, but the new generation did not answer; with the end of nginx's log.
    case keepsOld(log: [String])
    case notRunning
    /// The site holds a value that may not reach nginx's configuration.
    case badSite(title: String, reason: String)
    /// A template of the app's own cannot be used; the place is `nginx.conf.sigil line 3`.
    case badTemplate(title: String, place: String, reason: String)
    /// ``Proxy/install()`` has not been run, or nginx does not include its file.
    case notInstalled(include: String)
    /// Somebody else has been changing the proxy for too long.
    case busy

    package var failure: Failure {
        switch self {
        case .refused(let refusal): refusal.failure
        case .keepsOld(let log):
            Failure(
                .proxyRefused,
                "nginx keeps its old configuration",
                why: log.last { $0.contains("[emerg]") }
                    ?? "it passed nginx's test, but the new configuration did not answer after the reload",
                fix: "slipway doctor, and nginx's error log",
                live: "the old configuration still serves, nothing was switched",
                excerpt: log.isEmpty ? nil : .init(title: "last lines of nginx's error log", lines: log)
            )
        case .notRunning:
            Failure(
                .proxyDown,
                "nginx is not running",
                why: "no nginx master process has the number in its pid file",
                fix: "start it (systemctl start nginx), then try again"
            )
        case .badSite(let title, let reason):
            .malformed("the site of \(title) cannot be written: \(reason)")
        case .badTemplate(let title, let place, let reason):
            Failure(
                .proxyRefused,
                "the nginx template of app \(title) cannot be used",
                why: "\(reason), in \(place)",
                fix: "mend it, or leave it out: slipway nginx:set \(title) disable-custom-config true",
                live: "the old configuration still serves, nothing was switched"
            )
        case .notInstalled(let include):
            Failure(
                .notSetUp,
                "nginx does not know of slipway",
                fix: "run slipway setup; it puts \"\(include)\" into nginx's configuration"
            )
        case .busy:
            Failure(.busy, "nginx is being changed by another command", fix: "try again in a minute")
        }
    }
}

extension ProxyError.Refusal {
    fileprivate var failure: Failure {
        let whose = owner.map { " of app \($0.title)" } ?? (file.map { " in \($0)" } ?? "")
        let place = file.map { file in "\(file)" + (line.map { " line \($0)" } ?? "") }
        return Failure(
            .proxyRefused,
            "nginx refuses the configuration\(whose)",
            why: place.map { "\(reason), in \($0)" } ?? reason,
            fix: place.map { "mend or remove \($0), then nginx -t" } ?? "nginx -t shows the whole message",
            live: "the old configuration still serves, nothing was switched"
        )
    }
}
