import Core
import Glibc
import Programs
import Proxying
import Support
import Synchronization
import SystemPackage

@testable import Features

/// A machine in a temporary folder: its files are real, its programs only remember that they were called.
final class FakeMachine: Sendable {
    let folder: TemporaryFolder
    let transcript = TranscriptOutput()
    private let calls = Mutex<[String]>([])
    private let answers = Mutex<[String: Outcome]>([:])
    /// The user database; `useradd` fills it.
    private let account: Mutex<String?>

    static let root: FilePath = "/var/lib/slipway"
    /// Somebody to whom this process may give a folder.
    static let user = getuid() == 0 ? 4242 : getuid()
    static let line = "slipway:x:\(user):\(getgid()):Slipway:/var/lib/slipway:/bin/sh\n"
    static let programs = [
        "usr/sbin/nginx", "usr/sbin/sshd", "usr/sbin/visudo", "usr/sbin/useradd", "usr/bin/sudo", "usr/bin/git",
        "usr/local/bin/slipway",
    ]

    init(account: String? = nil) throws {
        folder = try TemporaryFolder()
        self.account = Mutex(account)
        for program in Self.programs { try folder.write(program, "", mode: 0o755) }
        try folder.write("etc/cron.d/other", "")
        try folder.write("engine.sock", "", mode: 0o660)
        answer("/usr/sbin/sshd -T", with: Outcome(ending: .exited(0), output: Array(Self.sshdFacts.utf8)))
    }

    static let sshdFacts = """
        pidfile /run/sshd.pid
        authorizedkeysfile /var/lib/slipway/authorized_keys

        """

    /// From now on, command lines that begin so end so.
    func answer(_ opening: String, with outcome: Outcome) { answers.withLock { $0[opening] = outcome } }

    /// The command lines since the last time this was asked.
    func takeCalls() -> [String] {
        calls.withLock { calls in
            defer { calls = [] }
            return calls
        }
    }

    var machine: Machine {
        Machine(
            prefix: folder.path,
            programs: Programs(
                run: { self.run($0) },
                stream: { program, _ in self.run(program) },
                passThrough: { _, _ in .exited(0) },
                detach: { _, _ in 1 }
            ),
            output: transcript.output
        )
    }

    var files: MachineFiles {
        MachineFiles(
            root: Self.root,
            binary: "/usr/local/bin/slipway",
            nginx: NginxLayout(folder: Self.root.appending("nginx"), lock: Self.root.appending("locks/nginx"))
        )
    }

    /// Everything, with an engine whose socket belongs to this very user.
    func prepare() async throws -> Account {
        try await machine.prepare(files, engineSocket: folder.path.appending("engine.sock").string)
    }

    private func run(_ program: Program) -> Outcome {
        let line = ([program.path.string] + program.arguments).joined(separator: " ")
        calls.withLock { $0.append(line) }
        if let known = answers.withLock({ $0.first { line.hasPrefix($0.key) }?.value }) { return known }
        if line.hasPrefix("/usr/sbin/useradd") { account.withLock { $0 = Self.line } }
        guard line.hasPrefix("/usr/bin/getent passwd") else { return Outcome(ending: .exited(0)) }
        guard let found = account.withLock({ $0 }) else { return Outcome(ending: .exited(2)) }
        return Outcome(ending: .exited(0), output: Array(found.utf8))
    }
}
