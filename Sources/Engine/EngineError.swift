package import Core

/// Why the engine did not do what it was asked.
package enum EngineError: Error, Equatable, Sendable {
    /// Nobody answers at the socket, or the connection broke, or the answer took too long.
    case unreachable(socket: String, reason: String)
    /// The engine said no; `message` is its own words, `request` the method and path without the query.
    case refused(status: Int, message: String, request: String)
    /// The answer has not the shape that the API describes.
    case undecodable(request: String, detail: String)
    /// The engine's newest API version is older than ``APIVersion/oldest``.
    case tooOld(api: String)

    /// The HTTP status of a refusal.
    package var status: Int? {
        guard case .refused(let status, _, _) = self else { return nil }
        return status
    }
}

extension EngineError: Explained {
    package var failure: Failure {
        switch self {
        case .unreachable(let socket, let reason):
            Failure(
                .engineUnreachable,
                "the Docker Engine does not answer at \(socket)",
                why: cleaned(reason, keepTabs: false),
                fix: "start docker (systemctl start docker), or point DOCKER_HOST at the socket of one that runs"
            )
        case .refused(_, let message, _) where message.contains("no space left on device"):
            Failure(
                .disk,
                "the disk of the Docker Engine is full",
                why: cleaned(message, keepTabs: false),
                fix: "slipway disk shows who uses what, slipway cleanup frees what nobody needs"
            )
        case .refused(let status, let message, let request):
            Failure(
                .engineRefused,
                "the Docker Engine refused \(request)",
                why: "\(cleaned(message, keepTabs: false)) (status \(status))"
            )
        case .undecodable(let request, let detail):
            Failure(
                .engineRefused,
                "the Docker Engine's answer to \(request) could not be read",
                why: cleaned(detail, keepTabs: false),
                fix: "slipway doctor shows which engine and API version this is"
            )
        case .tooOld(let api):
            Failure(
                .engineRefused,
                "the Docker Engine is too old",
                why: "it speaks API \(api), and \(APIVersion.oldest) is the oldest that has all that is needed",
                fix: "install Docker 19.03 or newer"
            )
        }
    }
}

extension EngineError: CustomStringConvertible {
    package var description: String { failure.why.map { "\(failure.what): \($0)" } ?? failure.what }
}
