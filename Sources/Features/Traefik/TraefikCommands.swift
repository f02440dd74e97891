import Core

enum TraefikCommands: AlternateNoun {
    static var feature: Feature { .traefik }
    static let proxy = AlternateProxy.traefik
}
