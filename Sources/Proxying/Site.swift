package import SystemPackage

/// What the proxy is told of an app, in the proxy's own words.
package struct Site: Sendable, Equatable {
    package enum State: String, Sendable, Codable {
        case serving
        /// Known, but nothing runs: every request is answered 503.
        case unavailable
    }

    /// Names the file: letters `a-z` and digits only.
    package var id: String
    /// The app's name, as it stands in log names, comments and messages.
    package var title: String
    /// Domain names; without any the site answers on its ports only where no other site claims the name.
    package var names: [String]
    /// A port that no other site has: without names it stands in for port 80, which all sites share.
    package var ownPort: Int?
    package var certificate: CertificateFiles?
    package var mappings: [Mapping]
    /// `nginx:*` properties by Dokku's names (``NginxProperty``); what is missing or empty is the default.
    package var options: [String: String]
    package var state: State
    /// A folder whose `*.conf` files stand in each server of the site, before everything of ours.
    package var includes: FilePath?
    /// The app's own template; nil is written by us.
    package var template: SiteTemplate?
    /// Every request is answered with this instead, whatever runs.
    package var maintenance: MaintenancePage?
    /// What hooks have made of the text; nil where they left it as it is.
    package var amended: AmendedText?

    package init(
        id: String,
        title: String,
        names: [String] = [],
        ownPort: Int? = nil,
        certificate: CertificateFiles? = nil,
        mappings: [Mapping] = [],
        options: [String: String] = [:],
        state: State = .serving,
        includes: FilePath? = nil,
        template: SiteTemplate? = nil,
        maintenance: MaintenancePage? = nil,
        amended: AmendedText? = nil
    ) {
        self.id = id
        self.title = title
        self.names = names
        self.ownPort = ownPort
        self.certificate = certificate
        self.mappings = mappings
        self.options = options
        self.state = state
        self.includes = includes
        self.template = template
        self.maintenance = maintenance
        self.amended = amended
    }
}

/// A text that stands in for ours, for as long as ours would be the one it was made from.
package struct AmendedText: Sendable, Codable, Equatable {
    package var plain: String
    package var text: String

    package init(plain: String, text: String) {
        self.plain = plain
        self.text = text
    }
}

extension Site {
    /// The mappings as they are served: a site without names has its own port in place of 80.
    ///
    /// Port 443 goes with it, since no certificate is for a name that is not there.
    package var placedMappings: [Mapping] {
        guard names.isEmpty, let ownPort, mappings.contains(where: { $0.hostPort == 80 }) else { return mappings }
        return mappings.compactMap { mapping in
            guard mapping.hostPort == 80 else { return mapping.hostPort == 443 ? nil : mapping }
            return Mapping(scheme: mapping.scheme, hostPort: ownPort, upstream: mapping.upstream)
        }
    }
}

/// A template of the app's own, and what it may ask for besides the site.
package struct SiteTemplate: Sendable, Codable, Equatable {
    /// As messages name it: `nginx.conf.sigil`.
    package var path: String
    package var text: String
    /// The app's configuration.
    package var variables: [String: String]
    /// `ip:port` of every instance, by process type.
    package var listeners: [String: [String]]

    package init(
        path: String,
        text: String,
        variables: [String: String] = [:],
        listeners: [String: [String]] = [:]
    ) {
        self.path = path
        self.text = text
        self.variables = variables
        self.listeners = listeners
    }
}

/// What people are told while an app is being worked on: 503, with the moment at which to come back.
package struct MaintenancePage: Sendable, Equatable {
    /// Holds `page.html` and, below `assets`, what the page needs; nil is a line of text.
    ///
    /// The workers of nginx must be able to read it.
    package var folder: FilePath?
    package var retryAfter: Int

    package init(folder: FilePath? = nil, retryAfter: Int = 300) {
        self.folder = folder
        self.retryAfter = retryAfter
    }
}

/// Where a certificate chain and its key lie, both PEM.
package struct CertificateFiles: Sendable, Equatable {
    package var certificate: FilePath
    package var key: FilePath

    package init(certificate: FilePath, key: FilePath) {
        self.certificate = certificate
        self.key = key
    }
}

/// One port of the host and where its requests go.
package struct Mapping: Sendable, Codable, Equatable {
    package enum Scheme: String, Sendable, Codable, CaseIterable {
        case http, https, grpc, grpcs

        package var isEncrypted: Bool { self == .https || self == .grpcs }
        package var isGRPC: Bool { self == .grpc || self == .grpcs }
    }

    package var scheme: Scheme
    /// 80 and 443 stand for the layout's http and https ports.
    package var hostPort: Int
    /// `ip:port` of every instance, IPv6 in brackets; none answers 503.
    package var upstream: [String]

    package init(scheme: Scheme, hostPort: Int, upstream: [String]) {
        self.scheme = scheme
        self.hostPort = hostPort
        self.upstream = upstream
    }
}
