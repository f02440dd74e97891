import Core
import Glibc
import SystemPackage

/// Whose rights this process uses: those of the user to whom the root belongs.
///
/// Files of a root must all belong to one user, or the others are locked out of the database by whoever came first.
enum Privileges {
    enum Decision: Equatable {
        case stay
        case become(uid_t)
        case refuse
    }

    /// - Parameters:
    ///   - user: Who runs this process.
    ///   - owner: To whom the root's folder belongs; nil when there is none.
    /// - Returns: What this process has to do before it opens anything.
    static func decide(user: uid_t, owner: uid_t?) -> Decision {
        guard let owner, owner != user else { return .stay }
        return user == 0 ? .become(owner) : .refuse
    }

    /// Becomes the owner of the root, before anything in it is opened.
    ///
    /// - Parameters:
    ///   - root: The root of all state.
    ///   - staysRoot: What is asked for needs root; others are refused all the same.
    /// - Throws: ``Failure`` with code ``FailureCode/notAllowed`` for anybody but root and the owner.
    static func settle(_ root: FilePath, staysRoot: Bool = false) throws {
        switch decide(user: geteuid(), owner: owner(of: root)) {
        case .stay: return
        case .become(let user): if !staysRoot { try become(user) }
        case .refuse:
            let name = owner(of: root).map(userName) ?? "its owner"
            throw Failure(
                .notAllowed,
                "only root and \(name) may use \(root)",
                why: "you are \(userName(geteuid()))",
                fix: "sudo slipway ..., or by ssh with a key of yours: ssh \(name)@localhost"
            )
        }
    }

    /// Takes on a user's name, groups and number, for good and in every thread.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/notAllowed``; the process must then end.
    static func become(_ user: uid_t) throws {
        guard let entry = getpwuid(user) else {
            throw Failure(.notAllowed, "user \(user) is not known to this machine", fix: "slipway setup")
        }
        let (name, home) = (String(cString: entry.pointee.pw_name), String(cString: entry.pointee.pw_dir))
        let group = entry.pointee.pw_gid
        guard initgroups(name, group) == 0, setgid(group) == 0, setuid(user) == 0, user == 0 || setuid(0) != 0 else {
            throw Failure(.notAllowed, "this program cannot become \(name)", why: String(cString: strerror(errno)))
        }
        setenv("HOME", home, 1)
        setenv("USER", name, 1)
        setenv("LOGNAME", name, 1)
        // Root's own folder, say: git does not start where it may not stand.
        if access(".", X_OK) != 0 { chdir("/") }
    }

    /// Makes what root has made belong to whoever the root of all state belongs to; nothing to do for anybody else.
    static func giveToOwner(_ path: FilePath, of root: FilePath) throws {
        guard geteuid() == 0, let owner = owner(of: root), owner != 0, let entry = getpwuid(owner) else { return }
        guard chown(path.string, owner, entry.pointee.pw_gid) == 0 else {
            throw Failure(
                .disk,
                "\(path) could not be given to \(userName(owner))",
                why: String(cString: strerror(errno))
            )
        }
    }

    /// The name of the person behind this process: behind root, whoever asked sudo for it.
    static var person: String {
        if getuid() == 0, let name = Environment.value("SUDO_USER"), !name.isEmpty { return name }
        return userName(getuid())
    }

    static func userName(_ user: uid_t) -> String {
        getpwuid(user).map { String(cString: $0.pointee.pw_name) } ?? "\(user)"
    }

    static func owner(of path: FilePath) -> uid_t? {
        try? path.stat().userID.rawValue
    }
}
