import Core

extension Feature {
    /// Traefik in front of apps, instead of nginx.
    static let traefik = Feature(
        AlternateProxy.traefik.noun,
        AlternateProxy.traefik.summary,
        commands: TraefikCommands.commands,
        properties: AlternateProxy.traefik.properties,
        report: { _, source in AlternateProxy.traefik.report(source.sheet) }
    )
}
