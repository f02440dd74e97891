import Core

extension Feature {
    /// OpenResty in front of apps, instead of nginx.
    static let openresty = Feature(
        AlternateProxy.openresty.noun,
        AlternateProxy.openresty.summary,
        commands: OpenrestyCommands.commands,
        properties: AlternateProxy.openresty.properties,
        report: { _, source in AlternateProxy.openresty.report(source.sheet) }
    )
}
