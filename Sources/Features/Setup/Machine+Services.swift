import Core
import Files
import Programs
import Proxying
import SystemPackage

extension Machine {
    /// The drop-in for sshd, tested, loaded, and seen to have an effect.
    func sshd(_ files: MachineFiles) async throws {
        guard has("/usr/sbin/sshd") else {
            return output.warn(
                "there is no sshd: nobody can push until openssh-server is installed and setup is run again"
            )
        }
        // sshd tests nothing without it, and makes it only when it is started by the distribution's own means.
        try makeFolder(place("/run/sshd"), mode: Self.folderMode)
        let isChanged = try await apply(files.sshd)
        let who = "user=\(MachineFiles.user),host=localhost,addr=127.0.0.1"
        let facts = SshdFacts(try await ask(["/usr/sbin/sshd", "-T", "-C", who]).text)
        if isChanged { try await reloadSshd(facts) }
        if facts.all("authorizedkeysfile") != [files.authorizedKeys.string] {
            output.warn("sshd does not read \(files.sshd.path)")
            output.warn("fix:  put at the top of /etc/ssh/sshd_config: Include /etc/ssh/sshd_config.d/*.conf")
        }
        for key in ["allowusers", "allowgroups"] {
            let allowed = facts.all(key)
            if !allowed.isEmpty, !allowed.contains(MachineFiles.user) {
                output.warn("sshd lets in only \(key) \(allowed.joined(separator: " ")): add \(MachineFiles.user)")
            }
        }
    }

    private func reloadSshd(_ facts: SshdFacts) async throws {
        if hasSystemd {
            for unit in ["ssh.service", "sshd.service"]
            where try await ask(["/usr/bin/systemctl", "is-active", "--quiet", unit]).ending.isSuccess {
                return try await run(["/usr/bin/systemctl", "reload", unit])
            }
            return
        }
        let file = FilePath(facts.all("pidfile").first ?? "/run/sshd.pid")
        let text = String(decoding: try readFile(place(file)) ?? [], as: UTF8.self).trimmed
        guard let pid = Int32(text), pid > 1 else { return }
        let name = String(decoding: (try? readFile(FilePath("/proc/\(pid)/comm"))) ?? [], as: UTF8.self).trimmed
        if name == "sshd" { try await run(["/bin/kill", "-HUP", "\(pid)"]) }
    }

    /// What calls `tick`: a timer where systemd runs, else a line for cron.
    func ticking(_ files: MachineFiles) async throws {
        guard hasSystemd else {
            guard has("/etc/cron.d") else {
                return output.warn("neither systemd nor cron is here: slipway tick must be called every minute")
            }
            try await apply(files.cron)
            return
        }
        try remove(files.cron.path)
        var isChanged = false
        for unit in files.units where try await apply(unit) { isChanged = true }
        if isChanged { try await run(["/usr/bin/systemctl", "daemon-reload"]) }
        if try await !ask(["/usr/bin/systemctl", "is-active", "--quiet", MachineFiles.timer]).ending.isSuccess {
            try await run(["/usr/bin/systemctl", "enable", "--now", MachineFiles.timer])
        }
        if try await !ask(["/usr/bin/systemctl", "is-enabled", "--quiet", MachineFiles.restore]).ending.isSuccess {
            try await run(["/usr/bin/systemctl", "enable", MachineFiles.restore])
        }
        try await serving(isNew: isChanged)
    }

    /// The daemon runs as soon as there is something to serve; one that runs is begun anew when it is an old one.
    private func serving(isNew: Bool) async throws {
        if try await !ask(["/usr/bin/systemctl", "is-active", "--quiet", MachineFiles.servePath]).ending.isSuccess {
            return try await run(["/usr/bin/systemctl", "enable", "--now", MachineFiles.servePath])
        }
        let show = ["/usr/bin/systemctl", "show", "--property", "MainPID", "--value", MachineFiles.serve]
        guard let pid = Int32(try await ask(show).text.trimmed), pid > 1 else { return }
        // The kernel says so of a program whose file was replaced (proc_pid_exe(5)).
        let isOld = try await ask(["/usr/bin/readlink", "/proc/\(pid)/exe"]).text.trimmed.hasSuffix(" (deleted)")
        if isNew || isOld { try await run(["/usr/bin/systemctl", "restart", MachineFiles.serve]) }
    }

    /// - Throws: ``Failure`` that names every program a host needs and has not.
    func refuseMissing(_ files: MachineFiles) throws {
        let needed: [(FilePath, String)] = [
            (files.nginx.binary, "nginx"), ("/usr/bin/git", "git"), ("/usr/bin/sudo", "sudo"),
            ("/usr/sbin/useradd", "passwd"),
        ]
        let missing = needed.filter { !has($0.0) }
        guard missing.isEmpty else {
            throw Failure(
                .notSetUp,
                "programs are missing",
                why: missing.map(\.0.string).joined(separator: ", "),
                fix: "apt-get install \(missing.map(\.1).joined(separator: " "))"
            )
        }
    }
}

/// What sshd itself says it would do for somebody (`sshd -T`): a keyword in lower case and its value a line.
struct SshdFacts: Sendable {
    private let lines: [(key: Substring, value: Substring)]

    init(_ text: String) {
        lines = text.split(separator: "\n").map { line in
            let key = line.prefix { $0 != " " }
            return (key, line.dropFirst(key.count + 1))
        }
    }

    func all(_ key: String) -> [String] { lines.filter { $0.key == key }.map { String($0.value) } }
}
