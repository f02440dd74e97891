import Core

enum CaddyCommands: AlternateNoun {
    static var feature: Feature { .caddy }
    static let proxy = AlternateProxy.caddy
}
