import Core
import Scheduling

/// What a release is made of, in the groups people ask for.
enum ReleasePart: String, Sendable, CaseIterable, Encodable {
    case code, commands, config, globalConfig, ports, mounts, limits, options, checks, formation, appJSON

    /// As sentences and headings name it.
    var title: String {
        switch self {
        case .globalConfig: "global config"
        case .appJSON: "app.json"
        default: rawValue
        }
    }
}

/// One fact of a release: what it is compared by, and what a person may see of it.
struct ReleaseFact: Sendable, Equatable {
    let value: String
    /// Nil shows nothing but the name.
    let shown: String?
    /// An older record may lack it without having had another value.
    var mayLack = false

    init(_ value: String) {
        self.value = value
        shown = value
    }

    init(_ value: String, shown: String?) {
        self.value = value
        self.shown = shown
    }

    static func secret(_ value: String) -> ReleaseFact { ReleaseFact(value, shown: nil) }
}

extension Release {
    /// The facts of one group by their names.
    func facts(_ part: ReleasePart) -> [String: ReleaseFact] {
        guard part == .code else { return settings.facts(part).merging(facts.facts(part)) { $1 } }
        let known = [("commit", revision?.text), ("image", image), ("digest", digest), ("build", build)]
        return Dictionary(uniqueKeysWithValues: known.compactMap { name, text in text.map { (name, ReleaseFact($0)) } })
    }
}

extension Settings {
    func facts(_ part: ReleasePart) -> [String: ReleaseFact] {
        switch part {
        case .config: Self.secrets(config)
        case .globalConfig: Self.secrets(inherited)
        case .ports: Self.table(ports.map { ("\($0.scheme):\($0.host)", "\($0.container)") })
        case .mounts:
            Self.table(
                mounts.map { (([$0.target] + $0.processes).joined(separator: " "), $0.words) }
            )
        case .limits: Self.table(limits.flatMap { type, limits in Self.amounts(limits).map { ("\(type).\($0)", $1) } })
        case .options: Self.options(options.filter { !$0.key.hasPrefix(Self.checks) }).merging(docker) { $1 }
        case .checks: Self.options(options.filter { $0.key.hasPrefix(Self.checks) })
        case .code, .commands, .formation, .appJSON: [:]
        }
    }

    /// The groups in which these settings and `old` differ.
    ///
    /// An option that only one of them knows of makes no difference: it is younger than the other's record.
    func parts(differingFrom old: Settings) -> [ReleasePart] {
        ReleasePart.allCases.filter { !ReleaseDiff.changes(in: $0, from: old.facts($0), to: facts($0)).isEmpty }
    }

    /// What makes a release of these settings another one than a release of `old`, in words: "config, mounts"; nil
    /// when nothing does.
    func changes(from old: Settings) -> String? {
        guard differs(from: old) else { return nil }
        let parts = parts(differingFrom: old).map(\.title)
        return parts.isEmpty ? "settings" : parts.joined(separator: ", ")
    }

    private static let checks = "checks."

    /// An option is there or not; what it says of a variable is compared and not shown.
    private var docker: [String: ReleaseFact] {
        Dictionary(
            (dockerOptions + pluginOptions).map { option in
                let process = option.process.map { ".\($0)" } ?? ""
                let key = "docker-options.\(option.phase.rawValue)\(process) \(option.masked)"
                return (key, ReleaseFact(option.text, shown: nil))
            }
        ) { $1 }
    }

    private static func secrets(_ values: [ConfigKey: String]) -> [String: ReleaseFact] {
        Dictionary(uniqueKeysWithValues: values.map { ($0.key.text, .secret($0.value)) })
    }

    private static func table(_ rows: [(String, String)]) -> [String: ReleaseFact] {
        Dictionary(rows.map { ($0.0, ReleaseFact($0.1)) }) { $1 }
    }

    private static func amounts(_ limits: WorkloadLimits) -> [(String, String)] {
        ResourceKey.all.compactMap { key in key.text(limits).map { ("\(key.kind.rawValue).\(key.name)", $0) } }
    }

    private static func options(_ values: [String: String]) -> [String: ReleaseFact] {
        let secret = Set(
            Features.all.flatMap { feature in
                feature.properties.filter(\.isSecret).map { "\(feature.noun).\($0.name)" }
            }
        )
        return Dictionary(
            uniqueKeysWithValues: values.map { key, value in
                var fact = secret.contains(key) ? ReleaseFact.secret(value) : ReleaseFact(value)
                fact.mayLack = true
                return (key, fact)
            }
        )
    }
}

extension SourceFacts {
    func facts(_ part: ReleasePart) -> [String: ReleaseFact] {
        switch part {
        case .commands: Self.table(procfile.commands.map { ($0.key.text, $0.value) })
        case .ports: exposed.isEmpty ? [:] : ["exposed": ReleaseFact(exposed.map(\.description).joined(separator: " "))]
        case .checks: healthChecks
        case .formation:
            Self.table(
                appJSON.formation.flatMap { type, entry in
                    [("\(type).quantity", entry.quantity), ("\(type).max_parallel", entry.maxParallel)]
                }.compactMap { name, number in number.map { (name, "\($0)") } }
            )
        case .appJSON: declared
        case .options:
            nginxTemplate.map { template in
                let lines = template.text.split(separator: "\n", omittingEmptySubsequences: false).count
                return ["nginx template": ReleaseFact(template.text, shown: "\(template.path), \(lines) lines")]
            } ?? [:]
        case .code, .config, .globalConfig, .mounts, .limits: [:]
        }
    }

    /// What a variable is given in app.json may be as secret as one that was set by hand.
    private var declared: [String: ReleaseFact] {
        let scripts = [
            ("predeploy", appJSON.scripts.predeploy), ("postdeploy", appJSON.scripts.postdeploy),
            ("first deploy", appJSON.scripts.firstDeploy),
        ]
        let variables = appJSON.env.map { ("env \($0.key)", ReleaseFact.secret("\($0.value)")) }
        let tasks = appJSON.cron.map { ("cron \(quoted($0.command))", "\($0.schedule), \($0.policy.rawValue)") }
        return Self.table(scripts.compactMap { name, script in script.map { (name, $0) } } + tasks)
            .merging(variables) { $1 }
    }

    private var healthChecks: [String: ReleaseFact] {
        var result: [String: ReleaseFact] = [:]
        for (type, checks) in appJSON.healthchecks {
            for (index, check) in checks.enumerated() {
                result["\(type) check \(index + 1)"] = ReleaseFact("\(check)", shown: check.words)
            }
        }
        return result
    }

    private static func table(_ rows: [(String, String)]) -> [String: ReleaseFact] {
        Dictionary(rows.map { ($0.0, ReleaseFact($0.1)) }) { $1 }
    }
}

extension HealthCheck {
    /// All it says, in one line; of headers the names alone.
    fileprivate var words: String {
        let asked =
            command.map { $0.joined(separator: " ") } ?? uptime.map { "up for \($0) s" }
            ?? (listening ? "listening" : "GET \(path ?? "/")")
        let extras: [String?] = [
            type == "startup" ? nil : type, name.map(quoted), content.map { "holding \(quoted($0))" },
            port.map { "port \($0)" }, httpHeaders.isEmpty ? nil : "headers \(httpHeaders.map(\.name))",
            warn ? "warns only" : nil,
        ]
        let times = "attempts \(attempts), wait \(wait) s, timeout \(timeout) s, delay \(initialDelay) s"
        return ([asked] + extras.compactMap(\.self) + [times]).joined(separator: ", ")
    }
}
