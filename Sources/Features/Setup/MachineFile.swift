import Core
import Proxying
import SystemPackage

/// A file outside the root, as it should be.
struct MachineFile: Sendable, Equatable {
    enum Check: Sendable, Equatable {
        case none
        /// A program that is given the path of a copy before the file takes its place.
        case copy([String])
        /// A program that reads it where it lies; when it refuses, the old file goes back.
        case inPlace([String])
    }

    var path: FilePath
    var text: String
    var mode: FilePermissions = [.ownerReadWrite, .groupRead, .otherRead]
    var check = Check.none
}

/// Everything that a host has outside the root: pure text, made of these facts.
struct MachineFiles: Sendable {
    /// The user to whom the root belongs and as whom people come by ssh.
    static let user = "slipway"
    static let timer = "slipway-tick.timer"
    static let restore = "slipway-restore.service"
    static let serve = "slipway-serve.service"
    static let servePath = "slipway-serve.path"
    private static let head = "# Written by slipway setup; changes are undone by the next.\n"

    let root: FilePath
    /// This program, where it is installed.
    let binary: FilePath
    let nginx: NginxLayout

    var authorizedKeys: FilePath { Paths(root: root).authorizedKeys }

    /// Beside nginx's main configuration, where distributions include `conf.d/*.conf` in the `http` block.
    var include: MachineFile {
        let folder = nginx.mainConfiguration.removingLastComponent().appending("conf.d")
        return MachineFile(
            path: folder.appending("slipway.conf"),
            text: "\(Self.head)\(nginx.includeLine)\n",
            check: .inPlace(nginxTest)
        )
    }

    private var nginxTest: [String] { nginx.elevated.first ?? [nginx.binary.string, "-t"] }

    /// The command lines about nginx that the user may run as root, word by word.
    var sudoers: MachineFile {
        // sudoers(5): a program named alone may be given any words; `""` is none.
        let commands = nginx.elevated.map { words in
            words.map(Self.sudoersWord).joined(separator: " ") + (words.count == 1 ? " \"\"" : "")
        }
        return MachineFile(
            path: "/etc/sudoers.d/slipway",
            text: "\(Self.head)\(Self.user) ALL=(root) NOPASSWD: \(commands.joined(separator: ", "))\n",
            mode: [.ownerRead, .groupRead],
            check: .copy(["/usr/sbin/visudo", "-c", "-q", "-f"])
        )
    }

    /// sudoers(5): these characters are its own in the arguments of a command.
    static func sudoersWord(_ word: String) -> String {
        String(word.flatMap { ",:=\\ ".contains($0) ? ["\\", $0] : [$0] })
    }

    /// A lost client is noticed within 45 s, and our keys are read where they are derived.
    ///
    /// The second `Match` ends the first for whatever sshd reads after this file.
    var sshd: MachineFile {
        MachineFile(
            path: "/etc/ssh/sshd_config.d/slipway.conf",
            text: """
                \(Self.head)Match User \(Self.user)
                    AuthorizedKeysFile \(authorizedKeys)
                    AuthenticationMethods publickey
                    ClientAliveInterval 15
                    ClientAliveCountMax 3
                Match all

                """,
            check: .inPlace(["/usr/sbin/sshd", "-t"])
        )
    }

    /// For machines where systemd runs: the daemon, and `tick` every minute, because what it does must go on when the
    /// daemon is gone, and once after a boot when engine and nginx are there.
    var units: [MachineFile] {
        let folder: FilePath = "/etc/systemd/system"
        return [
            MachineFile(
                path: folder.appending("slipway-tick.service"),
                text: service("what needs a clock", wanted: "")
            ),
            MachineFile(
                path: folder.appending(Self.timer),
                text: """
                    \(Self.head)[Unit]
                    Description=Slipway: every minute

                    [Timer]
                    OnActiveSec=1min
                    OnUnitActiveSec=1min
                    AccuracySec=5s

                    [Install]
                    WantedBy=timers.target

                    """
            ),
            MachineFile(
                path: folder.appending(Self.restore),
                text: service("after a boot", "repair", wanted: "\n[Install]\nWantedBy=multi-user.target\n")
            ),
            MachineFile(path: folder.appending(Self.serve), text: daemon),
            MachineFile(
                path: folder.appending(Self.servePath),
                text: """
                    \(Self.head)[Unit]
                    Description=Slipway: the daemon, as soon as it is set up

                    [Path]
                    PathExists=\(Paths(root: root).instance)

                    [Install]
                    WantedBy=multi-user.target

                    """
            ),
        ]
    }

    /// It ends within a second when it is asked to; what it was at is settled by the next.
    private var daemon: String {
        service("the daemon", wanted: "")
            .replacing("Type=oneshot\n", with: "Type=simple\nRestart=always\nRestartSec=2\nTimeoutStopSec=10\n")
            .replacing("ExecStart=\(binary) tick\n", with: "ExecStart=\(binary) serve\n")
    }

    /// Draining goes on in processes of its own when the unit's has ended, so only that one is ended with the unit.
    private func service(_ words: String, _ verb: String = "tick", wanted: String) -> String {
        """
        \(Self.head)[Unit]
        Description=Slipway: \(words)
        ConditionPathExists=\(Paths(root: root).instance)
        After=network-online.target docker.service nginx.service
        Wants=network-online.target

        [Service]
        Type=oneshot
        User=\(Self.user)
        Environment=SLIPWAY_ROOT=\(root)
        ExecStart=\(binary) \(verb)
        KillMode=process
        \(wanted)
        """
    }

    /// For machines without systemd.
    var cron: MachineFile {
        let ready = Paths(root: root).instance
        let tick = "SLIPWAY_ROOT=\(root) \(binary) tick >/dev/null 2>&1"
        return MachineFile(
            path: "/etc/cron.d/slipway",
            text: "\(Self.head)* * * * * \(Self.user) [ ! -e \(ready) ] || \(tick)\n"
        )
    }

    /// - Throws: ``Failure`` when a path holds what one of the languages above takes for its own.
    func refuseOddPaths() throws {
        for path in [root, binary, nginx.mainConfiguration] {
            let isPlain = path.string.utf8.allSatisfy { $0.isLetterOrDigit || "/._+@-".utf8.contains($0) }
            guard isPlain, path.isAbsolute else {
                throw Failure.malformed(
                    "\(quoted(path.string)) cannot be written into configuration files of this machine",
                    fix: "use an absolute path of letters, digits and ._+@-"
                )
            }
        }
    }
}
