import Core

/// What can stand between `{{` and `}}` in the declaration of a kind.
enum ServicePlaceholder: String, Sendable, CaseIterable {
    case kind, name, scheme, host, port, database
    /// Of the server's own administrator.
    case password
    /// Of one linked app.
    case user
    case userPassword = "user-password"
    /// One line for each linked app, in files alone.
    case users

    var isSecret: Bool { [.password, .userPassword, .users].contains(self) }
}

/// Text with places to fill in, checked when it is read.
struct ServiceText: Sendable, Equatable {
    private enum Part: Sendable, Equatable {
        case text(String)
        case place(ServicePlaceholder)
    }

    private let parts: [Part]

    /// - Parameters:
    ///   - text: As it stands in the declaration.
    ///   - allowed: What may stand in it.
    /// - Throws: ``ServiceMistake``.
    init(_ text: String, allowing allowed: Set<ServicePlaceholder>) throws(ServiceMistake) {
        var parts: [Part] = []
        var rest = text[...]
        while let start = rest.firstRange(of: "{{") {
            parts.append(.text(String(rest[..<start.lowerBound])))
            guard let end = rest[start.upperBound...].firstRange(of: "}}") else {
                throw ServiceMistake("{{ is not closed by }}")
            }
            let name = String(rest[start.upperBound..<end.lowerBound])
            guard let place = ServicePlaceholder(rawValue: name) else {
                let all = ServicePlaceholder.allCases.map(\.rawValue).joined(separator: ", ")
                throw ServiceMistake("there is no {{\(cleaned(name, keepTabs: false))}}; there are \(all)")
            }
            guard allowed.contains(place) else {
                throw ServiceMistake(
                    place.isSecret
                        ? "{{\(name)}} is a secret and may not stand here: everybody on the host reads arguments"
                        : "{{\(name)}} has no meaning here"
                )
            }
            parts.append(.place(place))
            rest = rest[end.upperBound...]
        }
        parts.append(.text(String(rest)))
        self.parts = parts
    }

    func filled(_ values: [ServicePlaceholder: String]) -> String {
        parts.map { part in
            switch part {
            case .text(let text): text
            case .place(let place): values[place] ?? ""
            }
        }.joined()
    }
}

/// What is wrong with a declaration.
struct ServiceMistake: Error, Equatable {
    var reason: String

    init(_ reason: String) { self.reason = reason }
}
