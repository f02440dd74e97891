package import Core
import Files
import Glibc
package import Programs
package import SystemPackage

/// Where a plugin is got from: a repository, an archive, or a folder.
package struct PluginSource: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// What `git clone` takes; at the default branch where none is named.
        case repository
        /// A tar file, compressed or not, of a web server or of this machine.
        case archive
        /// A folder of this machine that is no repository.
        case folder
    }

    /// As it was given, with a login where it has one: for whoever fetches it again, and for nobody to see.
    package let text: String
    package let kind: Kind

    /// - Throws: ``Failure`` with code ``FailureCode/malformed`` for what no plugin can be got from.
    package init(_ text: String) throws(Failure) {
        guard !text.isEmpty, text.utf8.count <= 2048, !text.hasPrefix("-"),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
        else { throw Self.unusable(text) }
        self.text = text
        let path = text.hasPrefix("file://") ? String(text.dropFirst("file://".count)) : text
        let isArchive = [".tar.gz", ".tgz", ".tar"].contains { path.lowercased().hasSuffix($0) }
        if path.hasPrefix("/") {
            let isRepository =
                Safety.mode(of: FilePath(path).appending(".git")) != nil
                || Safety.mode(of: FilePath(path).appending("HEAD"))?.isFile == true
            kind = isArchive ? .archive : isRepository ? .repository : .folder
        } else if text.hasPrefix("https://") {
            kind = isArchive ? .archive : .repository
        } else if text.hasPrefix("ssh://") || text.wholeMatch(of: /[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:[^:]+/) != nil {
            kind = .repository
        } else {
            throw Self.unusable(text)
        }
    }

    /// The last part of the address without `.git`, without the ending of an archive, and without `dokku-` or
    /// `slipway-` before it.
    package var name: String {
        var name = text.split(separator: "/").last.map(String.init) ?? ""
        name = name.split(separator: ":").last.map(String.init) ?? ""
        for ending in [".git", ".tar.gz", ".tgz", ".tar"] where name.hasSuffix(ending) {
            name = String(name.dropLast(ending.count))
        }
        for start in ["dokku-", "slipway-"] where name.hasPrefix(start) { name = String(name.dropFirst(start.count)) }
        return name
    }

    /// The address as people may see it: without a login.
    package var shown: String { login?.address ?? text }

    private var login: AddressLogin? { AddressLogin(text) }

    /// A path of this machine without `file://`; nil for an address.
    var path: FilePath? {
        let path = text.hasPrefix("file://") ? String(text.dropFirst("file://".count)) : text
        return path.hasPrefix("/") ? FilePath(path) : nil
    }

    private static func unusable(_ text: String) -> Failure {
        .malformed(
            "\(quoted(text)) is no place to get a plugin from",
            fix: "an https or ssh address of a repository or of a .tar.gz, or a path that starts with /"
        )
    }
}

extension PluginSource {
    /// Brings the plugin into a new folder, so that nobody else can change it; no program of it has run.
    ///
    /// - Parameters:
    ///   - folder: A path below a folder of ours; it must not exist.
    ///   - committish: A branch, a tag or a commit of a repository.
    ///   - knownHosts: Servers that may be asked by ssh, besides those that ssh of this machine knows.
    ///   - programs: To run git, tar, curl and cp.
    /// - Returns: The commit that is there; nil for what is no repository.
    /// - Throws: ``Failure`` with code ``FailureCode/badSource``; the folder is to be removed then.
    package func fetch(
        to folder: FilePath,
        at committish: String?,
        knownHosts: FilePath,
        by programs: Programs
    ) async throws -> String? {
        var commit: String?
        switch kind {
        case .repository: commit = try await clone(to: folder, at: committish, knownHosts, programs)
        case .archive, .folder:
            if let committish {
                throw Failure(
                    .malformed,
                    "\(quoted(committish)) has no meaning for \(shown)",
                    why: "it is no repository",
                    fix: "leave --committish out"
                )
            }
            try makeFolder(folder, mode: [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute])
            if kind == .archive {
                try await unpack(to: folder, programs)
            } else if let path {
                try await run(programs, "/bin/cp", ["-R", "--", path.appending(".").string, folder.string])
            }
        }
        try await run(programs, "/bin/chmod", ["-R", "u+rwX,go+rX,go-w", "--", folder.string])
        try removeTree(folder.appending(".git"))
        return commit
    }

    private func clone(
        to folder: FilePath,
        at committish: String?,
        _ knownHosts: FilePath,
        _ programs: Programs
    ) async throws -> String {
        func git(_ arguments: [String]) async throws -> String {
            try await explained(programs, program(arguments, knownHosts)).text.trimmed
        }
        if let committish {
            guard !committish.isEmpty, !committish.hasPrefix("-"), committish.utf8.count <= 200,
                committish.utf8.allSatisfy({ $0.isLetterOrDigit || "._/+-".utf8.contains($0) })
            else { throw Failure.malformed("\(quoted(committish)) is no branch, tag or commit") }
        }
        let place = path?.string ?? shown
        _ = try await git(["clone", "--quiet", "--recurse-submodules=no", "--", place, folder.string])
        if let committish {
            let name = "origin/\(committish)^{commit}"
            let isBranch = try await programs.run(
                program(["-C", folder.string, "rev-parse", "--verify", "--quiet", name], knownHosts)
            )
            let target = isBranch.ending.isSuccess ? isBranch.text.trimmed : committish
            _ = try await git(["-C", folder.string, "checkout", "--quiet", "--detach", target, "--"])
        }
        return try await git(["-C", folder.string, "rev-parse", "HEAD"])
    }

    private func unpack(to folder: FilePath, _ programs: Programs) async throws {
        var archive = path
        defer { if path == nil, let archive { try? removeFile(archive) } }
        if path == nil {
            let target = FilePath(folder.string + ".archive")
            archive = target
            try await run(
                programs,
                "/usr/bin/curl",
                [
                    "--silent", "--show-error", "--fail", "--location", "--max-redirs", "5", "--proto", "=https",
                    "--proto-redir", "=https", "--connect-timeout", "10", "--max-time", "300", "--max-filesize",
                    "104857600", "--globoff", "--output", target.string, "--config", "-", "--", shown,
                ],
                input: login?.curlOptions ?? ""
            )
        }
        guard let archive else { return }
        try await run(
            programs,
            "/bin/tar",
            ["--extract", "--no-same-owner", "--no-same-permissions", "-f", archive.string, "-C", folder.string]
        )
        // An archive of a whole repository holds one folder with everything in it.
        let names = try listFolder(folder)
        if names.count == 1, Safety.mode(of: folder.appending(names[0]))?.isFolder == true,
            Safety.mode(of: folder.appending("plugin.toml")) == nil
        {
            let inner = FilePath(folder.string + ".inner")
            try renameFile(folder.appending(names[0]), to: inner)
            try removeTree(folder)
            try renameFile(inner, to: folder)
        }
    }

    /// No setting of a person, no prompt, and only what carries a repository safely.
    private func program(_ arguments: [String], _ knownHosts: FilePath) -> Program {
        var program = Program("/usr/bin/git", arguments)
        let hosts = "\"\(knownHosts)\" ~/.ssh/known_hosts"
        // What belongs to another user of this machine is read as what it is: text.
        var settings = [(name: "safe.directory", value: "*")]
        if let login { settings.append(login.gitSetting) }
        var variables = [
            "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_ALLOW_PROTOCOL": "https:ssh:file", "LC_ALL": "C",
            "GIT_SSH_COMMAND": "ssh -oBatchMode=yes -oUserKnownHostsFile=\(ShellWords.quote(hosts))",
            "GIT_CONFIG_COUNT": "\(settings.count)",
        ]
        for (index, setting) in settings.enumerated() {
            variables["GIT_CONFIG_KEY_\(index)"] = setting.name
            variables["GIT_CONFIG_VALUE_\(index)"] = setting.value
        }
        program.environment = .inherited(adding: variables)
        return program
    }

    private func run(
        _ programs: Programs,
        _ path: FilePath,
        _ arguments: [String],
        input: String = ""
    ) async throws {
        _ = try await explained(programs, Program(path, arguments, input: Array(input.utf8)))
    }

    /// Longer than this nobody waits for a plugin.
    private static let limit: Duration = .seconds(600)

    private func explained(_ programs: Programs, _ program: Program) async throws -> Outcome {
        do {
            return try await withTimeout(Self.limit, clock: ContinuousClock()) { try await programs.succeed(program) }
        } catch is TimedOut {
            throw failure("\(program.name) did not end within \(Self.limit.words)")
        } catch let error as ProgramError {
            guard case .endedBadly(let name, _, let words) = error else { throw error }
            let lines = cleaned(words, keepTabs: false).split(separator: "\n")
            guard !lines.contains(where: { $0.hasPrefix("Host key verification failed") }) else {
                throw failure("its server is not known here", fix: "slipway git:allow-host HOST takes its key")
            }
            throw failure(lines.last.map(String.init) ?? "\(name) failed")
        }
    }

    private func failure(_ why: String, fix: String = "check the address; nothing was changed") -> Failure {
        Failure(.badSource, "the plugin could not be got from \(shown)", why: why, fix: fix)
    }
}
