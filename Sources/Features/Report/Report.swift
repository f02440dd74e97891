import Core
import Engine
import Files
import Glibc
import Plugins
import Probes
import Programs
import Proxying
import Store
import SystemPackage

extension Feature {
    /// Everything at once.
    static let report = Feature("report", "What is set and what holds, of every noun", commands: ReportCommands.all)
}

/// Every noun's report, and what this machine is like.
struct Report: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    /// The nouns that report, with their prefixes and titles.
    static var nouns: [any Noun.Type] {
        Features.all.flatMap(\.commands).compactMap { ($0 as? any Reporting.Type)?.noun }
    }

    /// Every noun's block of each app, one app after the other; values of properties are read once.
    func blocks(_ apps: [App]) async throws -> [[Reports.Block]] {
        let nouns = Self.nouns
        return try await Reports.reading(apps, host) {
            var byNoun: [[Reports.Block]] = []
            for noun in nouns { byNoun.append(try await Reports.blocks(noun, apps, host)) }
            return apps.indices.map { index in byNoun.map { $0[index] } }
        }
    }

    /// What stands in front of the apps: machine, engine, git and plugins.
    func diagnostics() async throws -> [String] {
        var rows = [("Slipway version", Version.number), ("Kernel", kernel), ("Memory", memory)]
        if let space = FreeSpace(at: host.paths.root.string) {
            rows.append(("Disk", "\(byteWords(space.free)) free of \(byteWords(space.total)) at \(host.paths.root)"))
        }
        async let git = git()
        rows += await engine()
        rows.append(("Git version", await git))
        let plugins = (try? Hooks(on: host).found()) ?? []
        rows.append(("Plugins", plugins.map { "\($0.name) \($0.version)" }.joined(separator: ", ")))
        return rows.map { "       \("\($0.0):".padded(to: 31))\(cleaned($0.1, keepTabs: false))" }
    }

    private func engine() async -> [(String, String)] {
        do {
            async let asked = host.engine.version()
            let info = try await host.engine.info()
            let version = try await asked
            return [
                ("Engine version", "\(version.server) (API \(version.api))"),
                (
                    "Engine",
                    "\(info.operatingSystem), \(info.cpus) CPUs, \(info.storageDriver), cgroup v\(info.cgroupVersion)"
                ),
            ]
        } catch {
            return [("Engine", "cannot be asked: \(Failure(error).what)")]
        }
    }

    /// The one program that is run.
    private func git() async -> String {
        guard let outcome = try? await host.programs.run(Program("/usr/bin/git", ["--version"])) else { return "none" }
        return outcome.text.trimmed.replacing("git version ", with: "")
    }

    private var kernel: String {
        var facts = utsname()
        guard uname(&facts) == 0 else { return "" }
        func text<Field>(_ field: Field) -> String {
            withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        return "\(text(facts.sysname)) \(text(facts.release)) \(text(facts.machine))"
    }

    private var memory: String {
        let lines = (try? readFile("/proc/meminfo", limit: 64 << 10)).flatMap(\.self).map {
            String(decoding: $0, as: UTF8.self)
        }
        func bytes(_ name: String) -> Int64? {
            let line = lines?.split(separator: "\n").first { $0.hasPrefix("\(name):") }
            return line?.split(separator: " ").dropFirst().first.flatMap { Int64($0) }.map { $0 * 1024 }
        }
        guard let total = bytes("MemTotal"), let free = bytes("MemAvailable") else { return "" }
        return "\(byteWords(free)) free of \(byteWords(total))"
    }
}
