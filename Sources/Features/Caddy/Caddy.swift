import Core

extension Feature {
    /// Caddy in front of apps, instead of nginx.
    static let caddy = Feature(
        AlternateProxy.caddy.noun,
        AlternateProxy.caddy.summary,
        commands: CaddyCommands.commands,
        properties: AlternateProxy.caddy.properties,
        report: { _, source in AlternateProxy.caddy.report(source.sheet) }
    )
}
