import Core
package import Engine

/// Every builder there is, in the order in which they are asked whether they know a tree.
package struct Builders: Sendable {
    package let all: [any Builder]

    package init(_ all: [any Builder]) { self.all = all }

    package init(engine: Engine) { self.init([Dockerfile(engine: engine)]) }

    /// The builder of this name, or the first that recognises the tree.
    ///
    /// A tree that none recognises goes to the first of all, which says what it misses.
    /// - Throws: ``Failure`` with code ``FailureCode/notFound`` for a name that no builder has.
    package func pick(named name: String?, for source: SourceTree) async throws -> any Builder {
        if let name {
            guard let builder = all.first(where: { $0.name == name }) else {
                let names = all.map(\.name).joined(separator: ", ")
                throw Failure(.notFound, "there is no builder \(quoted(name))", fix: "use one of: \(names)")
            }
            return builder
        }
        for builder in all where try await builder.recognises(source) { return builder }
        guard let first = all.first else { throw Failure(.notFound, "there is no builder") }
        return first
    }
}
