import Core
import FoundationEssentials

/// What `app.json` may say; unknown keys are passed over, as Dokku and Heroku do.
struct AppJSON: Sendable, Codable, Equatable {
    struct Formation: Sendable, Codable, Equatable {
        fileprivate static let possible = 0...1000

        var quantity: Int?
        var maxParallel: Int?

        enum CodingKeys: String, CodingKey {
            case quantity
            case maxParallel = "max_parallel"
        }
    }

    struct Variable: Sendable, Codable, Equatable {
        var value: String?
        var isRequired: Bool
        var generator: String?
        var isSynced: Bool
    }

    struct Scripts: Sendable, Codable, Equatable {
        var predeploy: String?
        var postdeploy: String?
        /// Heroku's `postdeploy`: once in the app's life.
        var firstDeploy: String?
    }

    var healthchecks: [ProcessType: [HealthCheck]] = [:]
    var formation: [ProcessType: Formation] = [:]
    var env: [ConfigKey: Variable] = [:]
    var scripts = Scripts()
    /// Tasks that are due by the clock.
    var cron: [CronTask] = []

    /// Whether it says how many of a process type run; nobody else may then.
    var setsFormation: Bool { formation.values.contains { $0.quantity != nil } }

    init() {}

    /// As a release has it on record; those made before there were tasks name none, and may hold any number.
    init(from decoder: any Decoder) throws {
        let table = try decoder.container(keyedBy: CodingKeys.self)
        healthchecks = try table.decode([ProcessType: [HealthCheck]].self, forKey: .healthchecks)
            .mapValues { $0.map(\.bounded) }
        formation = try table.decode([ProcessType: Formation].self, forKey: .formation).mapValues { entry in
            Formation(quantity: entry.quantity?.clamped(to: Formation.possible), maxParallel: entry.maxParallel)
        }
        env = try table.decode([ConfigKey: Variable].self, forKey: .env)
        scripts = try table.decode(Scripts.self, forKey: .scripts)
        cron = try table.decodeIfPresent([CronTask].self, forKey: .cron) ?? []
    }

    /// - Throws: ``Failure`` with code ``FailureCode/badAppJSON`` that names the place.
    init(_ bytes: [UInt8]) throws {
        let written: Written
        do {
            let decoder = JSONDecoder()
            decoder.allowsJSON5 = true
            written = try decoder.decode(Written.self, from: Data(bytes))
        } catch let error as DecodingError { throw Self.bad(Self.words(error)) }
        for (name, checks) in written.healthchecks ?? [:] {
            let type = try Self.type(name)
            for (index, check) in checks.enumerated() {
                if let excess = check.excess { throw Self.bad("healthchecks.\(type)[\(index)].\(excess)") }
            }
            healthchecks[type] = checks.map(\.bounded)
        }
        for (name, entry) in written.formation ?? [:] {
            let type = try Self.type(name)
            if let quantity = entry.quantity, !Formation.possible.contains(quantity) {
                throw Self.bad("formation.\(type).quantity is \(quantity), not 0 to 1000")
            }
            formation[type] = entry
        }
        for (name, entry) in written.env ?? [:] {
            guard let key = try? ConfigKey(name) else { throw Self.bad("env has \(quoted(name)), which is no key") }
            env[key] = entry.variable
        }
        cron = try Self.checked(written.cron ?? [])
        scripts = Scripts(
            predeploy: written.scripts?.dokku?.predeploy,
            postdeploy: written.scripts?.dokku?.postdeploy,
            firstDeploy: written.scripts?.postdeploy
        )
    }

    private static func checked(_ tasks: [CronTask]) throws -> [CronTask] {
        guard tasks.count <= 500 else { throw bad("cron has \(tasks.count) entries, more than 500") }
        var seen: Set<String> = []
        for (index, task) in tasks.enumerated() {
            do { try task.check() } catch {
                throw bad("cron[\(index)]: \(error.what)\(error.why.map { ", \($0)" } ?? "")")
            }
            guard seen.insert(task.key).inserted else {
                throw bad("cron[\(index)]: \(quoted(task.command)) stands there twice at \(quoted(task.schedule))")
            }
        }
        return tasks
    }

    private static func type(_ name: String) throws -> ProcessType {
        guard let type = try? ProcessType(name) else { throw bad("\(quoted(name)) is no process type") }
        return type
    }

    private static func bad(_ why: String) -> Failure {
        Failure(.badAppJSON, "Invalid app.json", why: why, fix: "mend app.json and push again")
    }

    /// Our own reasons begin with a word of ours; the decoder's say in its way that this is no JSON.
    private static func sentence(_ place: String, _ reason: String) -> String {
        let isOurs = ["a path", "a scheme", "onFailure"].contains { reason.hasPrefix($0) }
        return isOurs ? "\(place): \(reason)" : "\(place) is not JSON"
    }

    private static func words(_ error: DecodingError) -> String {
        func place(_ context: DecodingError.Context) -> String {
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            return path.isEmpty ? "the top" : cleaned(path, keepTabs: false)
        }
        return switch error {
        case .typeMismatch(let type, let context): "\(place(context)) should be \(type)"
        case .valueNotFound(_, let context): "\(place(context)) has no value"
        case .keyNotFound(let key, let context): "\(place(context)) has no \(key.stringValue)"
        case .dataCorrupted(let context): Self.sentence(place(context), context.debugDescription)
        @unknown default: "it cannot be read"
        }
    }
}

/// The file as it stands.
private struct Written: Decodable {
    struct ScriptTable: Decodable {
        struct Dokku: Decodable {
            var predeploy: String?
            var postdeploy: String?
        }
        var dokku: Dokku?
        var postdeploy: String?
    }

    /// A plain text or a table.
    struct Entry: Decodable {
        var variable: AppJSON.Variable

        private enum Keys: String, CodingKey { case value, required, generator, sync }

        init(from decoder: any Decoder) throws {
            if let text = try? decoder.singleValueContainer().decode(String.self) {
                variable = AppJSON.Variable(value: text, isRequired: true, generator: nil, isSynced: false)
                return
            }
            let table = try decoder.container(keyedBy: Keys.self)
            variable = AppJSON.Variable(
                value: try table.decodeIfPresent(String.self, forKey: .value),
                isRequired: try table.decodeIfPresent(Bool.self, forKey: .required) ?? true,
                generator: try table.decodeIfPresent(String.self, forKey: .generator),
                isSynced: try table.decodeIfPresent(Bool.self, forKey: .sync) ?? false
            )
        }
    }

    var healthchecks: [String: [HealthCheck]]?
    var formation: [String: AppJSON.Formation]?
    var env: [String: Entry]?
    var scripts: ScriptTable?
    var cron: [CronTask]?
}
