import Core
import Store

/// Who stands behind a key.
package enum People {
    /// Nil when the key was taken away.
    package static func caller(key: Int64) async throws -> Caller? {
        let host = try await Host.live(Output { _, _ in })
        return try await SshKeys(on: host).find(key).map { Caller(name: $0.name, key: $0.id) }
    }

    /// What a connection without a command is told.
    package static func greeting(_ caller: Caller) -> [String] {
        [
            "Hello \(caller.name). This is slipway \(Version.number).", "",
            "    apps:list          the apps of this host", "    apps:create NAME   make one",
            "    help               everything else",
        ]
    }
}
