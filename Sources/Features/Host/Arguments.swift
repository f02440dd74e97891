import ArgumentParser
package import Core

extension AppName: ExpressibleByArgument {
    package init?(argument: String) { try? self.init(argument) }
}

extension ProcessType: ExpressibleByArgument {
    package init?(argument: String) { try? self.init(argument) }
}

extension ConfigKey: ExpressibleByArgument {
    package init?(argument: String) { try? self.init(argument) }
}

extension DomainName: ExpressibleByArgument {
    package init?(argument: String) { try? self.init(spoken: argument) }
}

/// An app, or every app by `--global`.
package struct ScopeArgument: ParsableArguments {
    @Flag(name: .customLong("global"), help: "All apps instead of one") var isGlobal = false

    package init() {}
}
