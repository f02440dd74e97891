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

/// Text with places to fill in, checked when it is read.
struct TemplateText: Sendable, Equatable {
    private enum Piece: Sendable, Equatable {
        case text(String)
        case place(TemplatePlace)
    }

    private let pieces: [Piece]

    /// - Parameters:
    ///   - text: As it stands in the file.
    ///   - use: Where it stands.
    ///   - aliases: Of the template's services.
    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(_ text: String, in use: TemplatePlace.Use, aliases: [String]) throws(Failure) {
        let known = TemplatePlace.all(in: use, aliases)
        var pieces: [Piece] = []
        var rest = text[...]
        while let start = rest.firstRange(of: "{{") {
            pieces.append(.text(String(rest[..<start.lowerBound])))
            guard let end = rest[start.upperBound...].firstRange(of: "}}") else {
                throw .malformed("{{ is not closed by }}")
            }
            let name = String(rest[start.upperBound..<end.lowerBound])
            guard let place = known.first(where: { $0.text == name }) else { throw Self.unknown(name, known) }
            pieces.append(.place(place))
            rest = rest[end.upperBound...]
        }
        pieces.append(.text(String(rest)))
        self.pieces = pieces
    }

    var places: [TemplatePlace] {
        pieces.compactMap { piece in
            if case .place(let place) = piece { place } else { nil }
        }
    }

    /// Each place is asked for anew, so that no two have the same random bits.
    func filled(_ value: (TemplatePlace) -> String) -> String {
        pieces.map { piece in
            switch piece {
            case .text(let text): text
            case .place(let place): value(place)
            }
        }.joined()
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
