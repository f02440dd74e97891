import Core

enum OpenrestyCommands: AlternateNoun {
    static var feature: Feature { .openresty }
    static let proxy = AlternateProxy.openresty
}
