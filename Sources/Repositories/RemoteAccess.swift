package import Core
import Glibc
import Programs
package import SystemPackage

/// How git speaks to other hosts: with the key, the known hosts and the logins in one folder, and asking nobody.
///
/// The folder stands in for a home: `.netrc` in it holds the logins, which libcurl reads; ssh is pointed at
/// `id_ed25519` and `known_hosts`. Addresses are handed over in the environment, so that a token in one shows in no
/// list of processes.
struct RemoteAccess: Sendable {
    let home: FilePath
    /// The protocols that may be spoken, and no other.
    var protocols = ["https", "ssh"]

    static let limit: Duration = .seconds(600)

    /// `-c` options for git.
    var settings: [String] {
        let ssh = (["ssh", "-oBatchMode=yes"] + sshOptions).map(ShellWords.quote).joined(separator: " ")
        let fixed = [
            "core.hooksPath=/dev/null", "core.sshCommand=\(ssh)", "http.lowSpeedLimit=1000", "http.lowSpeedTime=60",
            "credential.helper=", "protocol.allow=never",
        ]
        return (fixed + protocols.map { "protocol.\($0).allow=always" }).flatMap { ["-c", $0] }
    }

    func environment(_ url: String) -> [String: String] {
        let login = AddressLogin(url)
        var variables = [
            "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "", "LC_ALL": "C", "HOME": home.string,
            "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "remote.source.url",
            "GIT_CONFIG_VALUE_0": login?.address ?? url,
        ]
        // git hands an address on to programs of its own, as one of their words.
        if let setting = login?.gitSetting {
            variables["GIT_CONFIG_COUNT"] = "2"
            variables["GIT_CONFIG_KEY_1"] = setting.name
            variables["GIT_CONFIG_VALUE_1"] = setting.value
        }
        return variables
    }

    /// What this host's own ssh knows goes on being known.
    private var sshOptions: [String] {
        let hosts = home.appending("known_hosts")
        let key = home.appending("id_ed25519")
        let known = ["-oUserKnownHostsFile=\"\(hosts)\" ~/.ssh/known_hosts"]
        guard access(key.string, R_OK) == 0 else { return known }
        return known + ["-oIdentityFile=\"\(key)\""]
    }
}

/// A reference of another repository, with its commit fetched.
package struct FetchedReference: Equatable, Sendable {
    package let revision: Revision
    /// The short name, where it is a branch there.
    package let branch: String?
}

extension Repositories {
    /// The folder that stands in for a home where git speaks to other hosts.
    package var home: FilePath { root.removingLastComponent().appending("git") }

    /// Fetches one branch, tag or commit of another repository; nothing of the app's own moves.
    ///
    /// - Parameters:
    ///   - wanted: A branch, a tag or a whole commit id; nil is what a clone would get.
    ///   - url: Where it is.
    ///   - reference: Holds what was fetched, so that it stays.
    ///   - app: Whose repository takes it in.
    /// - Returns: Its commit, over a tag where it is one.
    /// - Throws: ``GitError/noRemote(url:why:)`` when the other side refuses, or has no such thing.
    package func fetch(
        _ wanted: String?,
        from url: RemoteURL,
        holding reference: String,
        in app: AppID
    ) async throws -> FetchedReference {
        let there = try await references(of: url)
        if let wanted, wanted.utf8.count == 40, let id = try? Revision(wanted), there.all["refs/heads/\(wanted)"] == nil
        {
            return FetchedReference(revision: try await fetchCommit(id, url, reference, app), branch: nil)
        }
        let name: String
        if let wanted {
            let known = [wanted, "refs/heads/\(wanted)", "refs/tags/\(wanted)"]
            guard let found = known.first(where: { $0.hasPrefix("refs/") && there.all[$0] != nil }) else {
                throw GitError.noRemote(url: url.shown, why: "it has neither a branch nor a tag \(quoted(wanted))")
            }
            name = found
        } else {
            guard let head = there.head ?? there.all.keys.sorted().first(where: { $0.hasPrefix("refs/heads/") }) else {
                throw GitError.noRemote(url: url.shown, why: "it has no branch")
            }
            name = head
        }
        try await run(["fetch"] + Self.fetching + ["source", "+\(name):\(reference)"], url, app)
        let branch = name.hasPrefix("refs/heads/") ? String(name.dropFirst("refs/heads/".count)) : nil
        return FetchedReference(revision: try peeled(reference, url, app), branch: branch)
    }

    private static let fetching = [
        "--quiet", "--no-tags", "--no-recurse-submodules", "--no-auto-gc", "--no-write-fetch-head",
    ]

    /// A server may refuse to give a commit by its id; then its branches and tags must hold it.
    private func fetchCommit(_ id: Revision, _ url: RemoteURL, _ reference: String, _ app: AppID) async throws
        -> Revision
    {
        do {
            try await run(["fetch"] + Self.fetching + ["source", "+\(id.text):\(reference)"], url, app)
        } catch GitError.noRemote {
            let place = "refs/slipway/remote"
            let all = ["source", "+refs/heads/*:\(place)/heads/*", "+refs/tags/*:\(place)/tags/*"]
            try await run(["fetch"] + Self.fetching + all, url, app)
            guard (try? commit(id, in: app)) != nil else {
                throw GitError.noRemote(url: url.shown, why: "it has no commit \(id.short)")
            }
            try move(reference, to: id, in: app, message: "slipway: fetched")
        }
        return try peeled(reference, url, app)
    }

    /// The commit that a reference leads to, over tags.
    private func peeled(_ reference: String, _ url: RemoteURL, _ app: AppID) throws -> Revision {
        guard let revision = try resolve(reference, in: app) else {
            throw GitError.noRemote(url: url.shown, why: "nothing came")
        }
        let commit = try commit(revision, in: app).revision
        if commit != revision { try move(reference, to: commit, in: app, message: "slipway: fetched") }
        return commit
    }

    private func references(of url: RemoteURL) async throws -> (head: String?, all: [String: String]) {
        let text = try await run(["ls-remote", "--symref", "source"], url, nil).text
        var (head, all): (String?, [String: String]) = (nil, [:])
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "\t", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { continue }
            if parts[0].hasPrefix("ref: ") {
                if parts[1] == "HEAD" { head = String(parts[0].dropFirst("ref: ".count)) }
            } else if !parts[1].hasSuffix("^{}") {
                all[parts[1]] = parts[0]
            }
        }
        // A server without symbolic references still says what HEAD points to.
        if head == nil, let id = all["HEAD"] {
            head = all.filter { $0.value == id && $0.key.hasPrefix("refs/heads/") }.keys.sorted().first
        }
        return (head.flatMap { all[$0] == nil ? nil : $0 }, all)
    }

    @discardableResult
    private func run(_ words: [String], _ url: RemoteURL, _ app: AppID?) async throws -> Outcome {
        let access = RemoteAccess(home: home, protocols: [url.scheme])
        let place = app.map { ["--git-dir=\(path(of: $0))"] } ?? []
        let program = Program(
            git,
            access.settings + place + words,
            environment: .inherited(adding: access.environment(url.text)),
            limit: 64 << 20
        )
        let outcome: Outcome
        do {
            outcome = try await withTimeout(RemoteAccess.limit) { [programs] in try await programs.run(program) }
        } catch is TimedOut {
            throw GitError.noRemote(url: url.shown, why: "it took more than 10 minutes")
        }
        guard outcome.ending.isSuccess else { throw GitError.noRemote(url: url.shown, why: url.words(outcome)) }
        return outcome
    }
}

extension RemoteURL {
    /// The last of what git said, without the secrets of the address.
    fileprivate func words(_ outcome: Outcome) -> String {
        let lines = outcome.errorText.replacing(text, with: shown).split(separator: "\n")
            .map { cleaned(String($0), keepTabs: false).trimmed }
        return lines.filter { !$0.isEmpty }.suffix(3).joined(separator: "; ")
    }
}
