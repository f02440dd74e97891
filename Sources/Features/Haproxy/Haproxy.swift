import Core

extension Feature {
    /// HAProxy in front of apps, instead of nginx.
    static let haproxy = Feature(
        AlternateProxy.haproxy.noun,
        AlternateProxy.haproxy.summary,
        commands: HaproxyCommands.commands,
        properties: AlternateProxy.haproxy.properties,
        report: { _, source in AlternateProxy.haproxy.report(source.sheet) }
    )
}
