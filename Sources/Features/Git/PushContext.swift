import Core
import FoundationEssentials
import Glibc

/// What the process that holds the connection tells the hooks it starts by way of git.
struct PushContext: Sendable {
    let app: AppID
    let token: String

    /// - Throws: ``Failure`` when no push of ours is the reason for this call.
    static func current() throws -> PushContext {
        guard let id = Environment.value("SLIPWAY_APP_ID"), let token = Environment.value("SLIPWAY_TOKEN") else {
            throw Failure(.usage, "this is called by git, in a push", fix: "git push slipway main")
        }
        return PushContext(app: try AppID(id), token: token)
    }

    /// `old new ref` lines of `pre-receive` (githooks).
    static func commandsFromInput() throws -> [ProcReceiveRequest.Command] {
        var commands: [ProcReceiveRequest.Command] = []
        while let line = readLine(strippingNewline: true) {
            let parts = line.split(separator: " ", maxSplits: 2).map(String.init)
            guard parts.count == 3 else { throw Failure.malformed("git sent \(quoted(line)) where a command belongs") }
            commands.append(.init(old: try Revision(parts[0]), new: try Revision(parts[1]), ref: parts[2]))
        }
        return commands
    }
}
