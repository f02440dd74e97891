import Core
import Features
import Glibc

/// What sshd runs for every connection: the key says who it is, `SSH_ORIGINAL_COMMAND` what they ask.
///
/// No shell reads the words: they are split by POSIX quoting rules without any expansion and name a command of ours,
/// or nothing.
struct ForcedCommand {
    let key: String

    func run() async -> Int32 {
        let output = Output.terminal(isQuiet: false)
        do {
            guard let id = Int64(key), let caller = try await People.caller(key: id) else {
                throw Failure(.notAllowed, "this key is not known here any more")
            }
            guard let original = Environment.value("SSH_ORIGINAL_COMMAND"), !original.isEmpty else {
                output.answer(lines: People.greeting(caller))
                return 0
            }
            let words = try ShellWords.split(original)
            if let refused = words.first.map(Features.isForProcessesOnly), refused {
                throw Failure(.notAllowed, "\(quoted(words.first ?? "")) is not for people")
            }
            // What a client sends must not reach the hooks as if the push had said it.
            Environment.forget(["SLIPWAY_APP_ID", "SLIPWAY_TOKEN"])
            setenv("SLIPWAY_CALLER", caller.name, 1)
            setenv("NAME", caller.name, 1)
            let dispatch = Dispatch(caller: caller)
            return await dispatch.run(words) { try await dispatch.liveHost($0, $1) }
        } catch {
            let failure = Failure(error)
            output.failure(failure)
            return Dispatch().status(of: failure)
        }
    }
}
