package import Core

/// When the engine starts a container again by itself.
package enum RestartPolicy: Hashable, Sendable, CustomStringConvertible {
    case no
    case always
    case unlessStopped
    /// After an exit status other than 0, at most so many times; without a number for ever.
    case onFailure(attempts: Int?)

    /// Reads `no`, `always`, `unless-stopped`, `on-failure` and `on-failure:N` with N from 1.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    package init(_ text: String) throws(Failure) {
        switch text {
        case "no": self = .no
        case "always": self = .always
        case "unless-stopped": self = .unlessStopped
        case "on-failure": self = .onFailure(attempts: nil)
        default:
            let prefix = "on-failure:"
            guard text.hasPrefix(prefix), let attempts = Int(text.dropFirst(prefix.count)), attempts > 0 else {
                throw .malformed(
                    "\(quoted(text)) is not a restart policy",
                    fix: "use no, always, unless-stopped, on-failure or on-failure:N"
                )
            }
            self = .onFailure(attempts: attempts)
        }
    }

    /// As people write it and as ``init(_:)`` reads it.
    package var description: String {
        switch self {
        case .no: "no"
        case .always: "always"
        case .unlessStopped: "unless-stopped"
        case .onFailure(let attempts): "on-failure" + (attempts.map { ":\($0)" } ?? "")
        }
    }

    var json: JSON {
        switch self {
        case .onFailure(let attempts):
            .members(["Name": .string("on-failure"), "MaximumRetryCount": attempts.map(JSON.int)])
        default: .members(["Name": .string(description)])
        }
    }
}
