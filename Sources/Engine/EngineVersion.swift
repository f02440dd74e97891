/// A version of the Engine API: `1.41`.
package struct APIVersion: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let major: Int
    package let minor: Int

    /// The oldest version that has all we ask for.
    package static let oldest = APIVersion(major: 1, minor: 40)

    /// The newest version whose description we have read.
    package static let newest = APIVersion(major: 1, minor: 51)

    package init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let major = Int(parts[0]), let minor = Int(parts[1]), major >= 0, minor >= 0 else {
            return nil
        }
        self.init(major: major, minor: minor)
    }

    package var description: String { "\(major).\(minor)" }

    package static func < (left: Self, right: Self) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }

    /// The version to speak with an engine whose newest is `server`.
    ///
    /// - Throws: ``EngineError/tooOld(api:)`` below ``oldest``.
    package static func negotiated(with server: APIVersion) throws(EngineError) -> APIVersion {
        guard server >= oldest else { throw .tooOld(api: server.description) }
        return min(server, newest)
    }
}

/// What an engine says of itself.
package struct EngineVersion: Equatable, Sendable {
    /// The version of the API that is spoken, not the engine's newest.
    package var api: APIVersion
    /// The engine's own version, such as `20.10.24`.
    package var server: String
    package var os: String
    /// In Go's words: `amd64`, `arm64`.
    package var architecture: String

    package init(api: APIVersion, server: String, os: String, architecture: String) {
        self.api = api
        self.server = server
        self.os = os
        self.architecture = architecture
    }
}
