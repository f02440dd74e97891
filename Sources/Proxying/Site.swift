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
    package var certificate: CertificateFiles?
    package var mappings: [Mapping]
    /// `nginx:*` properties by Dokku's names (``NginxProperty``); what is missing or empty is the default.
    package var options: [String: String]
    package var state: State
    /// A folder whose `*.conf` files stand in each server of the site, before everything of ours.
    package var includes: FilePath?

    package init(
        id: String,
        title: String,
        names: [String] = [],
        certificate: CertificateFiles? = nil,
        mappings: [Mapping] = [],
        options: [String: String] = [:],
        state: State = .serving,
        includes: FilePath? = nil
    ) {
        self.id = id
        self.title = title
        self.names = names
        self.certificate = certificate
        self.mappings = mappings
        self.options = options
        self.state = state
        self.includes = includes
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
