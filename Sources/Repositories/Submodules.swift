import Core
import Files
import Programs
import SystemPackage

/// Puts the files of submodules, and of theirs, in place of the links that stand for them.
///
/// Nothing of `.gitmodules` is believed: see ``SubmoduleURL``. Depth and number are limited.
struct Submodules {
    let cache: FilePath
    let access: RemoteAccess
    let programs: Programs
    let git: FilePath
    let note: @Sendable (String) -> Void
    private(set) var stores: [BlobStore] = []
    private var fetched = 0

    private static let deepest = 8
    private static let most = 100

    init(
        cache: FilePath,
        home: FilePath,
        programs: Programs,
        git: FilePath,
        note: @escaping @Sendable (String) -> Void
    ) {
        self.cache = cache
        access = RemoteAccess(home: home)
        self.programs = programs
        self.git = git
        self.note = note
    }

    /// Adds a repository that files may lie in; returns its number.
    mutating func add(_ reader: ObjectReader) -> Int {
        stores.append(BlobStore(reader: reader, programs: programs, git: git))
        return stores.count - 1
    }

    /// - Parameters:
    ///   - contents: What a walk found in the repository with this number.
    ///   - store: Its number.
    ///   - folder: Where the walk began, as `.gitmodules` counts from the root.
    ///   - depth: How many submodules are above.
    /// - Returns: All files, in no order.
    /// - Throws: ``GitError/badSubmodule(path:why:fix:)``.
    mutating func files(
        of contents: TreeContents,
        store: Int,
        folder: String = "",
        depth: Int = 0
    ) async throws -> [Snapshot.Entry] {
        var files: [Snapshot.Entry] = []
        let links = contents.submodules
        let modules = links.isEmpty ? [:] : try await modules(contents.modules, store: store)
        for var entry in contents.entries {
            guard entry.mode == .submodule else {
                entry.store = store
                files.append(entry)
                continue
            }
            let inner = try await self.files(ofLink: entry, modules: modules, folder: folder, depth: depth)
            files += inner.map { $0.moved(below: entry.path, store: $0.store) }
        }
        return files
    }

    private mutating func files(
        ofLink link: Snapshot.Entry,
        modules: [String: Module],
        folder: String,
        depth: Int
    ) async throws -> [Snapshot.Entry] {
        let path = folder.isEmpty ? link.path : "\(folder)/\(link.path)"
        guard depth < Self.deepest, fetched < Self.most else {
            throw GitError.badSubmodule(
                path: path,
                why: "more than \(Self.most) submodules, or more than \(Self.deepest) inside each other",
                fix: nil
            )
        }
        fetched += 1
        guard let module = modules[path] else {
            let fix = "git submodule add URL \(ShellWords.quote(path)), or git rm --cached \(ShellWords.quote(path))"
            throw GitError.badSubmodule(path: path, why: ".gitmodules says nothing of it", fix: fix)
        }
        let url = try SubmoduleURL(module.url, name: module.name, path: path)
        let reader = try await fetch(link.id, from: url, for: path)
        let contents = try await reader.contents(of: link.id, folder: "")
        return try await files(of: contents, store: add(reader), depth: depth + 1)
    }
}

// MARK: - .gitmodules

private struct Module {
    var name: String
    var url = ""
}

extension Submodules {
    /// The modules by their paths; git itself reads the file, without following what it includes.
    private func modules(_ text: [UInt8], store: Int) async throws -> [String: Module] {
        let arguments = [
            "--git-dir=\(stores[store].reader.path)", "config", "--no-includes", "-z", "--list", "-f", "-",
        ]
        let program = Program(git, arguments, environment: .exactly(GitEnvironment.plain), input: text)
        let outcome = try await programs.run(program)
        guard outcome.ending.isSuccess else {
            let why = cleaned(outcome.errorText, keepTabs: false)
            throw GitError.badSubmodule(path: ".gitmodules", why: why, fix: "git config -f .gitmodules --list")
        }
        var paths: [String: String] = [:]
        var urls: [String: String] = [:]
        for record in outcome.output.split(separator: 0) {
            let parts = record.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            let key = String(decoding: parts[0], as: UTF8.self)
            let value = String(decoding: parts[1], as: UTF8.self)
            guard key.hasPrefix("submodule."), let dot = key.lastIndex(of: ".") else { continue }
            let name = String(key[..<dot].dropFirst("submodule.".count))
            switch key[dot...] {
            case ".path": paths[name] = value
            case ".url": urls[name] = value
            default: continue
            }
        }
        var modules: [String: Module] = [:]
        for (name, path) in paths.sorted(by: { $0.key < $1.key }) {
            modules[path] = Module(name: name, url: urls[name] ?? "")
        }
        return modules
    }
}

// MARK: - Fetching

extension Submodules {
    /// The cached repository of `url`, after making sure that it has the commit.
    private func fetch(_ commit: String, from url: SubmoduleURL, for path: String) async throws -> ObjectReader {
        let folder = cache.appending(try Repository.digest(url.text) + ".git")
        guard let lock = try await takeLock(cache.appending("lock"), within: .seconds(600)) else {
            throw GitError.badSubmodule(path: path, why: "another deploy is still fetching submodules", fix: nil)
        }
        defer { lock.release() }
        try Repository.create(folder)
        let reader = ObjectReader(folder)
        let reference = "refs/slipway/\(commit)"
        if try await reader.resolve(reference) != nil { return reader }
        note("fetching submodule \(quoted(path)) from \(quoted(url.shown))")
        let exactly = ["--depth=1", "source", "+\(commit):\(reference)"]
        if try await run(exactly, in: folder, url, path).ending.isSuccess { return reader }
        // A server may refuse to give a commit by its id; then its branches and tags must hold it.
        let outcome = try await run(
            ["source", "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"],
            in: folder,
            url,
            path
        )
        guard outcome.ending.isSuccess else {
            throw GitError.badSubmodule(path: path, why: words(outcome, url), fix: "git ls-remote \(url.shown)")
        }
        let found = ObjectReader(folder)
        guard (try? await found.facts(of: commit)) != nil else {
            let why = "\(quoted(url.shown)) has no commit \(commit.prefix(7))"
            throw GitError.badSubmodule(path: path, why: why, fix: "push the submodule's commit first")
        }
        return found
    }

    /// The address is given as configuration in the environment, so that a token in it shows in no process list.
    private func run(
        _ arguments: [String],
        in folder: FilePath,
        _ url: SubmoduleURL,
        _ path: String
    ) async throws -> Outcome {
        let options = [
            "fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-auto-gc", "--no-write-fetch-head",
        ]
        let program = Program(
            git,
            access.settings + ["--git-dir=\(folder)"] + options + arguments,
            environment: .inherited(adding: access.environment(url.text))
        )
        do {
            return try await withTimeout(RemoteAccess.limit) { [programs] in try await programs.run(program) }
        } catch is TimedOut {
            throw GitError.badSubmodule(path: path, why: "\(quoted(url.shown)) took more than 10 minutes", fix: nil)
        }
    }

    private func words(_ outcome: Outcome, _ url: SubmoduleURL) -> String {
        let text = outcome.errorText.replacing(url.text, with: url.shown)
        let lines = text.split(separator: "\n").map { cleaned(String($0), keepTabs: false).trimmed }
        return lines.filter { !$0.isEmpty }.suffix(3).joined(separator: "; ")
    }
}
