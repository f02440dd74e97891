import Core
import Features
import Glibc

// A client that has gone must not end a deploy half way.
signal(SIGPIPE, SIG_IGN)

let words = Array(CommandLine.arguments.dropFirst())
do { try Surroundings.settle() } catch {
    Output.terminal(isQuiet: false).failure(Failure(error))
    exit(Dispatch().status(of: Failure(error)))
}
// Only now: by what name it speaks may stand in those files.
let dispatch = Dispatch()
let status =
    if words.first == "ssh", words.count == 2 {
        await ForcedCommand(key: words[1]).run()
    } else {
        await dispatch.run(words) { try await dispatch.liveHost($0, $1) }
    }
exit(status)
