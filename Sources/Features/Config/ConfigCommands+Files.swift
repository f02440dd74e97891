import ArgumentParser
import Core
import Files
import FoundationEssentials
import Plugins
import SystemPackage

struct ConfigExport: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "config:export",
        "The environment for another program",
        examples: ["config:export shop", "config:export --format envfile shop"]
    )
    static let permission = Permission.view
    /// `json` is the map, `json-list` the list; the other formats are no JSON.
    static let answers: JSONShape? = .either(.map(.text), .list(.object(["name": .text, "value": .text])))
    @OptionGroup var reading: ConfigReading
    @Option(help: "exports, envfile, shell, docker-args, docker-args-keys, pretty, json, json-list, pack-keys")
    var format: ExportFormat = .exports

    func run(on host: Host) async throws {
        let values = try await reading.values(host).values
        host.output.answer(exactly: try format.text(values))
    }
}

/// How configuration leaves the house.
enum ExportFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case exports, envfile, shell, pretty, json
    case dockerArgs = "docker-args"
    case dockerArgsKeys = "docker-args-keys"
    case jsonList = "json-list"
    case packKeys = "pack-keys"

    func text(_ values: [ConfigKey: String]) throws -> String {
        let sorted = values.sorted { $0.key < $1.key }
        func lines(_ make: (ConfigKey, String) -> String) -> String {
            sorted.map { make($0.key, $0.value) + "\n" }.joined()
        }
        func words(_ make: (ConfigKey, String) -> String) -> String {
            sorted.map { make($0.key, $0.value) }.joined(separator: " ") + "\n"
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        switch self {
        case .exports: return lines { "export \($0)=\(EnvFile.quote($1))" }
        case .envfile: return lines { "\($0)=\(EnvFile.quote($1))" }
        case .shell: return words { "\($0)=\(EnvFile.quote($1))" }
        case .dockerArgs: return words { "--env=\($0)=\(EnvFile.quote($1))" }
        case .dockerArgsKeys: return words { key, _ in "--env=\(key)" }
        case .packKeys: return words { key, _ in "--env \(key)" }
        case .pretty:
            let width = sorted.map(\.key.text.count).max() ?? 0
            return lines { "\("\($0):".padded(to: width + 1))  \($1)" }
        case .json:
            let plain = Dictionary(uniqueKeysWithValues: sorted.map { ($0.key.text, $0.value) })
            return String(decoding: try encoder.encode(plain), as: UTF8.self) + "\n"
        case .jsonList:
            let list = sorted.map { ["name": $0.key.text, "value": $0.value] }
            return String(decoding: try encoder.encode(list), as: UTF8.self) + "\n"
        }
    }
}

struct ConfigImport: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "config:import",
        "Set variables from a file",
        examples: ["config:import shop < .env", "config:import --replace shop -"]
    )
    static let permission = Permission.change
    @OptionGroup var scope: ConfigScope
    @Option(help: "envfile or json") var format: ImportFormat = .envfile
    @Flag(help: "Take away what the file does not have") var replace = false
    @Flag(help: "Only change the draft") var noRestart = false
    @Argument var words: [String] = []

    enum ImportFormat: String, ExpressibleByArgument, CaseIterable, Sendable { case envfile, json }

    func run(on host: Host) async throws {
        var rest = words[...]
        let app = try await scope.app(&rest, host)
        guard rest.count <= 1 else {
            throw Failure(.usage, "\(quoted(rest[rest.startIndex + 1])) is one word too many")
        }
        let bytes = try read(rest.first, host)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure.malformed("the file is not UTF-8 text")
        }
        let values = format == .json ? try fromJSON(bytes) : try EnvFile.parse(text)
        guard !values.isEmpty else { throw Failure.malformed("there is nothing to import") }
        try await ConfigChanger(on: host, noRestart: noRestart).apply(app, setting: values, replacing: replace)
    }

    private func read(_ file: String?, _ host: Host) throws -> [UInt8] {
        guard let file, file != "-" else {
            try Input.refuseTerminal("a file of variables")
            return try Input.read(limit: 4 << 20)
        }
        guard !FilePath(file).lexicallyNormalized().starts(with: host.paths.root) else {
            throw Failure(.notAllowed, "\(quoted(file)) belongs to slipway itself")
        }
        guard let bytes = try readFile(FilePath(file), limit: 4 << 20) else {
            throw Failure(.notFound, "there is no file \(quoted(file))")
        }
        return bytes
    }

    private func fromJSON(_ bytes: [UInt8]) throws -> [ConfigKey: String] {
        guard let plain = try? JSONDecoder().decode([String: String].self, from: Data(bytes)) else {
            throw Failure.malformed("the file is not a JSON object of texts")
        }
        return Dictionary(uniqueKeysWithValues: try plain.map { (try ConfigKey($0.key), $0.value) })
    }
}

/// Changes configuration and moves a deployed app to a release with it.
struct ConfigChanger: Sendable {
    let host: Host
    let noRestart: Bool

    init(on host: Host, noRestart: Bool) {
        self.host = host
        self.noRestart = noRestart
    }

    private func tell(_ app: App?, _ change: ConfigChange) async {
        guard let app else { return }
        let keys = (change.added + change.changed + change.removed).map(\.text)
        let action = change.added.isEmpty && change.changed.isEmpty ? "unset" : "set"
        await Hooks(on: host).tell(.postConfigUpdate, [app.name.text, action] + keys, app: app.name)
    }

    func apply(
        _ app: App?,
        setting new: [ConfigKey: String] = [:],
        removing gone: Set<ConfigKey> = [],
        replacing: Bool = false
    ) async throws {
        for (key, value) in new where value.utf8.contains(0) {
            throw Failure.malformed("the value of \(key) holds a NUL byte", fix: "no program can be given such a value")
        }
        let config = Config(on: host)
        let old = try await config.all(of: app)
        var next = replacing ? new : old.merging(new) { $1 }
        for key in gone { next[key] = nil }
        let change = ConfigChange(from: old, to: next)
        if change.isEmpty { return host.output.heading("\(app?.name.text ?? "global") config is unchanged") }
        host.output.step(change.words)
        guard let app, !noRestart, app.current != nil, !app.isStopped else {
            _ = try await config.change(app, setting: new, removing: gone, replacing: replacing)
            return await tell(app, change)
        }
        do {
            try await Deploys(on: host).change(app, because: change.words) { settings in
                settings.config = replacing ? new : settings.config.merging(new) { $1 }
                for key in gone { settings.config[key] = nil }
            }
        } catch {
            var failure = Failure(error)
            // Dokku keeps what did not start; whoever counts on that must not look for it in vain.
            let advice = "the configuration is as it was; with --no-restart the change is kept for the next deploy"
            failure.fix = failure.fix.map { "\($0); \(advice)" } ?? advice
            throw failure
        }
        await tell(app, change)
    }
}
