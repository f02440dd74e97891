import Core

/// A builder of Dokku's that is not here: what is set for it only decides which sources are taken for its own.
protocol AbsentBuilder: Noun {}

extension AbsentBuilder {
    static func didSet(_ property: Property, of app: App?, on host: Host) async throws {
        let name = feature.noun.dropFirst("builder-".count)
        host.output.warn("this host has no builder \(name): a source that is taken for its own fails before the build")
    }
}
