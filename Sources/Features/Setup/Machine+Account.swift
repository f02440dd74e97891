import Core
import Files
import Glibc
import Programs
import SystemPackage

/// A user of this machine, by a line of its user database.
struct Account: Sendable, Equatable {
    let name: String
    let user: uid_t
    let group: gid_t
    let home: String
    let shell: String

    /// A line of passwd(5).
    init?(_ line: String) {
        let fields = line.trimmed.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard fields.count == 7, let user = uid_t(fields[2]), let group = gid_t(fields[3]) else { return nil }
        (name, self.user, self.group, home, shell) = (fields[0], user, group, fields[5], fields[6])
    }
}

extension Machine {
    /// The user to whom the root belongs; made when there is none.
    ///
    /// Its shell is `/bin/sh`, because sshd runs the forced command by it; its password matches nothing, but is not
    /// locked, because sshd without PAM turns away whom it takes for locked.
    /// - Throws: ``Failure`` when the name belongs to somebody else.
    func account(home: FilePath) async throws -> Account {
        let name = MachineFiles.user
        if let present = try await lookUp(name) {
            guard present.home == home.string, present.user != 0 else {
                throw Failure(
                    .taken,
                    "there is a user \(name) already, with another home",
                    why: "its home is \(present.home), not \(home)",
                    fix: "if it is meant for this: usermod --home \(home) \(name)"
                )
            }
            if present.shell != "/bin/sh" { try await run(["/usr/sbin/usermod", "--shell", "/bin/sh", name]) }
            say("user \(name)", isChanged: present.shell != "/bin/sh")
            return present
        }
        let hasGroup = try await ask(["/usr/bin/getent", "group", name]).ending.isSuccess
        try await run(
            [
                "/usr/sbin/useradd", "--system", "--home-dir", home.string, "--no-create-home", "--shell", "/bin/sh",
                "--password", "*", "--comment", "Slipway",
            ] + (hasGroup ? ["--gid", name] : ["--user-group"]) + [name]
        )
        say("user \(name)", isChanged: true)
        guard let made = try await lookUp(name) else {
            throw Failure(.programFailed, "useradd made no user \(name)", fix: "getent passwd \(name)")
        }
        return made
    }

    private func lookUp(_ name: String) async throws -> Account? {
        let outcome = try await ask(["/usr/bin/getent", "passwd", name])
        return outcome.ending.isSuccess ? Account(outcome.text) : nil
    }

    /// Lets the user speak with the engine, whose socket is open to a group.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/engineUnreachable`` when there is no socket.
    func join(_ account: Account, groupOfEngine socket: String) async throws {
        guard let status = try? FilePath(socket).stat() else {
            throw Failure(
                .engineUnreachable,
                "there is no engine at \(socket)",
                why: String(cString: strerror(errno)),
                fix: "install and start Docker, or name its socket: slipway setup --docker unix:///PATH"
            )
        }
        if status.userID.rawValue == account.user { return }
        guard status.permissions.contains(.groupWrite), try await join(account, group: status.groupID.rawValue) else {
            return output.warn("the engine's socket \(socket) is open to no group that \(account.name) could join")
        }
    }

    /// Lets the user read nginx's logs, which distributions keep for a group: why a reload failed stands there.
    func join(_ account: Account, groupOfLogs folder: FilePath) async throws {
        guard let status = try? place(folder).stat() else { return }
        _ = try await join(account, group: status.groupID.rawValue)
    }

    /// - Returns: Whether the user is in the group now; nobody is put into root's.
    private func join(_ account: Account, group: gid_t) async throws -> Bool {
        if group == account.group { return true }
        let line = try await ask(["/usr/bin/getent", "group", "\(group)"]).text.trimmed
        let fields = line.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard group != 0, fields.count == 4 else { return false }
        let isMember = fields[3].split(separator: ",").contains { $0 == account.name }
        if !isMember { try await run(["/usr/sbin/usermod", "--append", "--groups", fields[0], account.name]) }
        say("user \(account.name) in group \(fields[0])", isChanged: !isMember)
        return true
    }

    /// The root's own folder, for its owner alone.
    ///
    /// - Throws: ``Failure`` when it holds what belongs to somebody else.
    func folder(_ root: FilePath, of account: Account) throws {
        let path = place(root)
        try makeFolder(path.removingLastComponent(), mode: Self.folderMode)
        try makeFolder(path)
        let status: Stat
        do { status = try path.stat() } catch { throw FileError(path, error) }
        let isPrivate = status.permissions.isDisjoint(with: [.groupReadWriteExecute, .otherReadWriteExecute])
        if status.userID.rawValue == account.user, isPrivate { return say("\(root)", isChanged: false) }
        guard try status.userID.rawValue == account.user || listFolder(path).isEmpty else {
            throw Failure(
                .taken,
                "\(root) belongs to somebody else and is not empty",
                why: "its owner is \(Privileges.userName(status.userID.rawValue))",
                fix: "choose another by SLIPWAY_ROOT, or: chown -R \(account.name): \(root)"
            )
        }
        guard chown(path.string, account.user, account.group) == 0, chmod(path.string, 0o700) == 0 else {
            throw FileError(path, Errno(rawValue: errno))
        }
        say("\(root)", isChanged: true)
    }

    /// Refuses a program that the user could not start, as one in root's own home.
    func refuseUnreadable(_ binary: FilePath) throws {
        var path = binary
        while path != "/", !path.isEmpty {
            guard let mode = try? place(path).stat().permissions, mode.contains(.otherExecute) else {
                throw Failure(
                    .notSetUp,
                    "user \(MachineFiles.user) cannot run \(binary)",
                    why: "\(path) is not open to all",
                    fix: "make install, then: /usr/local/bin/slipway setup"
                )
            }
            path = path.removingLastComponent()
        }
    }
}
