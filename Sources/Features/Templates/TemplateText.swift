import Core

/// What can stand between `{{` and `}}` in a template.
enum TemplatePlace: Sendable, Hashable {
    /// What of a service an app is told.
    enum Part: String, Sendable, CaseIterable {
        /// The name of the service itself.
        case service
        case scheme, host, port, user, password, database, url
    }

    case app
    /// The first name under which the app answers.
    case domain
    /// Where the app answers, once it does.
    case url
    /// 128 new random bits, others at each place.
    case random
    case service(String, Part)

    var text: String {
        switch self {
        case .app: "app"
        case .domain: "domain"
        case .url: "url"
        case .random: "random"
        case .service(let alias, let part): "\(alias).\(part.rawValue)"
        }
    }

    /// Where a text stands.
    enum Use: Sendable {
        /// Of the app's configuration, which may hold secrets.
        case config
        /// Shown to people.
        case notes
    }

    static func all(in use: Use, _ aliases: [String]) -> [TemplatePlace] {
        switch use {
        case .notes: [.app, .domain, .url] + aliases.map { .service($0, .service) }
        case .config:
            [.app, .domain, .random]
                + aliases.flatMap { alias in Part.allCases.map { TemplatePlace.service(alias, $0) } }
        }
    }
}

typealias TemplateText = FilledText<TemplatePlace>

extension FilledText where Place == TemplatePlace {
    /// - Parameters:
    ///   - text: As it stands in the file.
    ///   - use: Where it stands.
    ///   - aliases: Of the template's services.
    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(_ text: String, in use: TemplatePlace.Use, aliases: [String]) throws(Failure) {
        let known = TemplatePlace.all(in: use, aliases)
        try self.init(text) { name throws(Failure) in
            guard let place = known.first(where: { $0.text == name }) else { throw Self.unknown(name, known) }
            return place
        }
    }

    private static func unknown(_ name: String, _ known: [TemplatePlace]) -> Failure {
        let names = known.map(\.text)
        let hint = Help.near(name, names).first.map { "did you mean {{\($0)}}?" }
        return .malformed(
            "there is no {{\(cleaned(String(name.prefix(60)), keepTabs: false))}} here; "
                + (hint ?? "there are \(names.joined(separator: ", "))")
        )
    }
}
