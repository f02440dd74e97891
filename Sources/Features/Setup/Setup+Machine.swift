import Core
import Files
import Glibc
import Programs
import Proxying
import SystemPackage

extension Setup {
    /// Makes the machine ready as root, and then becomes the user to whom the root belongs; a sandbox has only a root.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/notAllowed`` for whoever may not.
    static func prepareMachine(_ command: SetupCommand, _ paths: Paths, _ output: Output) async throws {
        try Privileges.settle(paths.root, staysRoot: true)
        let settings = command.settings(over: try await Host.presentSettings(paths))
        if settings.isSandbox {
            try makeFolder(paths.root)
            try Privileges.settle(paths.root)
            return try Shipped.publish(in: paths, output)
        }
        guard geteuid() == 0 else {
            throw Failure(
                .notAllowed,
                "only root can set up a host",
                why: "you are \(Privileges.userName(geteuid()))",
                fix: "sudo slipway setup, or for a sandbox of your own: slipway setup --sandbox"
            )
        }
        let files = MachineFiles(
            root: paths.root,
            binary: FilePath(Git.binary),
            nginx: Host.layout(settings, paths)
        )
        let account = try await Machine(output: output).prepare(files, engineSocket: settings.engineSocket)
        try Shipped.publish(in: paths, output)
        try Privileges.become(account.user)
    }
}

extension Machine {
    /// Everything outside the root, in an order in which each step finds what it needs.
    func prepare(_ files: MachineFiles, engineSocket: String) async throws -> Account {
        try files.refuseOddPaths()
        try refuseMissing(files)
        try refuseUnreadable(files.binary)
        let account = try await account(home: files.root)
        try await join(account, groupOfEngine: engineSocket)
        try await join(account, groupOfLogs: files.nginx.logFolder)
        try folder(files.root, of: account)
        try await apply(files.include)
        try await apply(files.sudoers)
        try await sshd(files)
        try await ticking(files)
        return account
    }
}
