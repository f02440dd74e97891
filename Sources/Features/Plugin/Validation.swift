import Core
import Files
import Plugins
import Programs
import SystemPackage

/// Looks a plugin over: of the plugin itself nothing runs but its own tests.
struct Validation: Sendable {
    struct Finding: Sendable, Encodable, Equatable {
        var path: String
        var wrong: String
        var fix: String
        /// With this it does not work; the rest is probably not meant.
        var fatal: Bool
    }

    let host: Host

    init(on host: Host) { self.host = host }

    /// - Parameter text: A plugin's name, or the path of a folder.
    /// - Returns: What is wrong with it.
    /// - Throws: ``PluginError`` or ``Failure`` for what is no plugin at all.
    func look(at text: String) async throws -> [Finding] {
        let plugin = try plugin(text)
        var findings: [Finding] = []
        let row = try await Installation(on: host).rows().rows[plugin.name]
        if row?.isUpdating == true, !text.hasPrefix("/") {
            let fix = "slipway plugin:update \(plugin.name) does it again"
            findings.append(note(plugin, "", "its last update was cut short", fix, true))
        }
        if plugin.version.isEmpty {
            findings.append(note(plugin, "plugin.toml", "it names no version", "version = \"1.0.0\""))
        }
        do { try Installation.demandVersion(of: plugin) } catch {
            findings.append(
                note(plugin, "plugin.toml", Failure(error).why ?? Failure(error).what, Failure(error).fix ?? "", true)
            )
        }
        var programs: [FilePath] = []
        let hooks = try plugin.hooks()
        for hook in try hooks.map(\.hook) + plugin.subcommands().map(\.hook) {
            switch hook {
            case .swift: break
            case .program(let path): programs.append(path)
            case .notExecutable(let path): findings.append(notExecutable(path))
            }
        }
        for (trigger, _) in hooks {
            guard let successor = trigger.successor else { continue }
            findings.append(note(plugin, trigger.name, "it is an older name", "name the hook \(successor)"))
        }
        findings += try misspelt(plugin)
        for (path, failure) in try Templates.mistakes(in: plugin) {
            findings.append(
                Finding(path: path.string, wrong: failure.what, fix: failure.fix ?? "mend it", fatal: true)
            )
        }
        for path in programs { findings += try await syntax(path) }
        if !findings.contains(where: \.fatal) { findings += try await made(plugin) }
        return findings
    }

    /// - Parameter text: A plugin's name, or the path of a folder.
    /// - Returns: The plugin, which need not be installed.
    /// - Throws: ``PluginError`` or ``Failure`` for what is no plugin at all.
    func plugin(_ text: String) throws -> Plugin {
        guard text.hasPrefix("/") else { return try Hooks(on: host).plugin(text) }
        guard let found = try Plugin(in: FilePath(text)) else {
            throw Failure(.notFound, "there is no plugin in \(text)", why: "it has no plugin.toml that can be read")
        }
        return found
    }

    /// What a compiler says of everything in Swift, and what the plugin's own tests say.
    private func made(_ plugin: Plugin) async throws -> [Finding] {
        let swift = Hooks(on: host).swift
        do { try await swift.compileAll(plugin) } catch {
            let failure = Failure(error)
            return [note(plugin, "", failure.why ?? failure.what, failure.fix ?? "mend it", true)]
        }
        let folder = Scratch.tests.folder(on: host)
        defer { try? removeTree(folder) }
        let outcome: Outcome?
        do { outcome = try await swift.test(plugin, in: folder) } catch is TimedOut {
            let limit = swift.limit.words
            return [note(plugin, "tests/run", "they did not end within \(limit)", "look what they wait for", true)]
        }
        guard let outcome, !outcome.ending.isSuccess else { return [] }
        let words = (outcome.errorText + outcome.text).split(separator: "\n").last.map(String.init) ?? "they fail"
        return [note(plugin, "tests/run", cleaned(words), "mend what it tests", true)]
    }

    /// What lies in `hooks/` and is no trigger, but nearly one.
    private func misspelt(_ plugin: Plugin) throws -> [Finding] {
        let known = Trigger.all.map(\.name)
        return try listFolder(plugin.folder.appending("hooks")).compactMap { file in
            let name = file.hasSuffix(".swift") ? String(file.dropLast(".swift".count)) : file
            guard !known.contains(name), let near = Help.near(name, known).first else { return nil }
            return note(plugin, "hooks/\(file)", "there is no trigger \(name)", "name it \(near)")
        }
    }

    /// What the shell that the first line names says of the rest.
    private func syntax(_ path: FilePath) async throws -> [Finding] {
        guard let bytes = try readFile(path, limit: 1 << 20), bytes.starts(with: Array("#!".utf8)) else { return [] }
        let line = String(decoding: bytes.dropFirst(2).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        guard let shell = Self.shell(line) else { return [] }
        let outcome = try await host.programs.run(Program(FilePath("/bin/\(shell)"), ["-n", path.string]))
        if outcome.ending.isSuccess { return [] }
        let words = outcome.errorText.split(separator: "\n").first.map(String.init) ?? "its syntax is wrong"
        return [Finding(path: path.string, wrong: cleaned(words), fix: "mend it", fatal: true)]
    }

    /// The shell that a first line names, by its path or by way of `env`.
    static func shell(_ line: String) -> String? {
        var words = line.split { $0 == " " || $0 == "\t" || $0 == "\r" }.map(String.init)
        if FilePath(words.first ?? "").lastComponent?.string == "env" {
            words.removeFirst()
            words.removeAll { $0.hasPrefix("-") || $0.contains("=") }
        }
        let name = FilePath(words.first ?? "").lastComponent?.string ?? ""
        return ["bash", "dash", "sh"].contains(name) ? name : nil
    }

    private func notExecutable(_ path: FilePath) -> Finding {
        Finding(path: path.string, wrong: "it is not executable", fix: "chmod +x \(path)", fatal: true)
    }

    private func note(_ plugin: Plugin, _ file: String, _ wrong: String, _ fix: String, _ fatal: Bool = false)
        -> Finding
    {
        Finding(path: plugin.folder.appending(file).string, wrong: wrong, fix: fix, fatal: fatal)
    }
}
