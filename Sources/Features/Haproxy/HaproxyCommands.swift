import Core

enum HaproxyCommands: AlternateNoun {
    static var feature: Feature { .haproxy }
    static let proxy = AlternateProxy.haproxy
}
