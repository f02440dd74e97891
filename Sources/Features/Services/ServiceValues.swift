import Core

/// What is filled in for a service, and for one of its links.
struct ServiceValues: Sendable {
    private(set) var all: [ServicePlaceholder: String]

    init(_ service: Service, _ kind: ServiceKind, _ link: ServiceLink? = nil, links: [ServiceLink] = []) {
        all = [
            .kind: service.kind.text, .name: service.name.text, .scheme: kind.scheme, .host: service.hostname,
            .port: "\(kind.ports[0])", .database: service.database, .password: service.password,
        ]
        if let link {
            all[.user] = link.user
            all[.userPassword] = link.password
        }
        if let line = kind.userLine {
            let own = all
            all[.users] = links.map { link in
                line.filled(own.merging([.user: link.user, .userPassword: link.password]) { $1 })
            }.joined(separator: "\n")
        }
    }

    /// As an app is told of it.
    static func url(_ service: Service, _ kind: ServiceKind, _ link: ServiceLink) -> String {
        let plain = kind.url.filled(ServiceValues(service, kind, link).all)
        return link.querystring.isEmpty ? plain : "\(plain)?\(link.querystring)"
    }

    /// As an administrator connects to it.
    static func dsn(_ service: Service, _ kind: ServiceKind, showsPassword: Bool) -> String {
        var values = ServiceValues(service, kind).all
        values[.user] = kind.administrator
        values[.userPassword] = showsPassword ? service.password : "******"
        return kind.url.filled(values)
    }
}
