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

typealias ServiceText = FilledText<ServicePlaceholder>

extension FilledText where Place == ServicePlaceholder {
    /// - Parameters:
    ///   - text: As it stands in the declaration.
    ///   - allowed: What may stand in it.
    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(_ text: String, allowing allowed: Set<ServicePlaceholder>) throws(Failure) {
        try self.init(text) { name throws(Failure) in
            guard let place = ServicePlaceholder(rawValue: name) else {
                let all = ServicePlaceholder.allCases.map(\.rawValue).joined(separator: ", ")
                throw .malformed("there is no {{\(cleaned(name, keepTabs: false))}}; there are \(all)")
            }
            guard allowed.contains(place) else {
                throw .malformed(
                    place.isSecret
                        ? "{{\(name)}} is a secret and may not stand here: everybody on the host reads arguments"
                        : "{{\(name)}} has no meaning here"
                )
            }
            return place
        }
    }

    func filled(_ values: [ServicePlaceholder: String]) -> String { filled { values[$0] ?? "" } }
}
