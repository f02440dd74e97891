import Glibc
package import Programs
import SystemPackage

/// A network of its own with nothing in it but loopback: what runs there reaches no other machine, and nobody there.
package struct NetworkNamespace: Sendable {
    /// What keeps it alive.
    private let keeper: Int32

    private init(keeper: Int32) { self.keeper = keeper }

    /// Only root may make one.
    package static var isPossible: Bool { getuid() == 0 }

    /// Makes one for `work` and takes it away again.
    package static func with<Value>(_ work: (NetworkNamespace) async throws -> Value) async throws -> Value {
        let program = Program("/usr/bin/unshare", ["--net", "/bin/sleep", "7200"])
        let space = NetworkNamespace(keeper: try Programs.live.detach(program, nil))
        defer { kill(space.keeper, SIGKILL) }
        try await eventually("a network namespace") {
            let up = space.entered(Program("/usr/sbin/ip", ["link", "set", "lo", "up"]))
            guard try await space.isApart(), try await Finished.run(up).status == 0 else { return false }
            return true
        }
        return try await work(space)
    }

    /// The words that stand before a command line to have it run there.
    package var words: [String] { ["/usr/bin/nsenter", "--net=/proc/\(keeper)/ns/net", "--"] }

    /// The same program, in this network.
    package func entered(_ program: Program) -> Program {
        var copy = program
        copy.path = "/usr/bin/nsenter"
        copy.arguments = words.dropFirst() + [program.path.string] + program.arguments
        return copy
    }

    /// Until `unshare` has done its work the process is still in our own network.
    private func isApart() async throws -> Bool {
        func network(_ process: String) async throws -> String {
            try await Finished.run(Program("/usr/bin/readlink", ["/proc/\(process)/ns/net"])).answer
        }
        return try await network("\(keeper)") != network("self")
    }
}
