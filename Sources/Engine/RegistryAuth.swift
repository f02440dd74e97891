import FoundationEssentials
import NIOHTTP1

/// Credentials for a registry.
package struct RegistryAuth: Equatable, Sendable {
    package var username: String
    package var password: String
    /// The registry: `registry.example.com:5000`, or `https://index.docker.io/v1/` for Docker Hub.
    package var server: String

    package init(username: String, password: String, server: String) {
        self.username = username
        self.password = password
        self.server = server
    }

    /// The value of `X-Registry-Auth`: base64url (RFC 4648 §5, padded) of JSON.
    var header: String {
        Self.encoded(members.text)
    }

    fileprivate var members: JSON {
        JSON.members([
            "username": .string(username), "password": .string(password), "serveraddress": .string(server),
        ])
    }

    /// The value of `X-Registry-Config`: who we are to each registry, in the same encoding.
    static func configuration(_ all: [RegistryAuth]) -> String {
        encoded(JSON.object(Dictionary(all.map { ($0.server, $0.members) }) { $1 }).text)
    }

    /// What is sent without credentials; engines refuse a push without any header.
    static let anonymous = encoded("{}")

    private static func encoded(_ text: String) -> String {
        Data(text.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
    }
}

extension RegistryAuth: CustomStringConvertible, CustomReflectable {
    /// Without the password, which must not reach a log by way of interpolation.
    package var description: String { "\(username) at \(server)" }

    package var customMirror: Mirror { Mirror(self, children: ["username": username, "server": server]) }
}

extension Engine {
    /// Has the engine ask the registry whether it knows these.
    ///
    /// - Throws: ``EngineError/refused(status:message:request:)`` with the registry's words when it does not.
    package func checkLogin(_ auth: RegistryAuth) async throws {
        _ = try await transport.call(Request(.POST, "/auth", body: .json(auth.members)))
    }
}
