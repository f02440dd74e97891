import Core
import Proxying

/// A trigger that plugins ask, and that we answer ourselves: `plugn trigger NAME ...`.
package struct DokkuCall: Sendable {
    package var name: String
    /// As in ``Trigger/arguments``.
    package var arguments: [String]
    /// What is printed, or what it does.
    package var meaning: String
    /// Asked by the functions only, under a name that Dokku does not have.
    package var isOurs = false
    let run: @Sendable ([String], Host) async throws -> Int32

    package var usage: String { ([name] + arguments).joined(separator: " ") }

    init(
        _ name: String,
        _ arguments: [String],
        _ meaning: String,
        isOurs: Bool = false,
        run: @escaping @Sendable ([String], Host) async throws -> Int32
    ) {
        self.name = name
        self.arguments = arguments
        self.meaning = meaning
        self.isOurs = isOurs
        self.run = run
    }

    /// How many arguments it cannot do without.
    var needed: Int { arguments.count { !$0.hasPrefix("[") } }
}

/// Every such trigger, in one table.
package enum DokkuCalls {
    package static let all = apps + config + sites + runs

    /// Answers on standard output.
    ///
    /// - Returns: The exit status; nil for a name that is none of them.
    static func answer(_ name: String, _ arguments: [String], _ host: Host) async throws -> Int32? {
        guard let call = all.first(where: { $0.name == name }) else { return nil }
        guard arguments.count >= call.needed else {
            throw Failure(.usage, "\(name) needs \(call.needed) arguments", fix: call.usage)
        }
        // Functions ask for a value, not for a table.
        var quiet = host
        quiet.output.isQuiet = true
        return try await call.run(arguments, quiet)
    }

    /// The app that an argument names.
    static func app(_ arguments: [String], _ host: Host) async throws -> App {
        try await Apps(on: host).find(try AppName(arguments[0]))
    }

    /// A call whose answer is a line; nothing is printed where there is none.
    static func line(
        _ name: String,
        _ arguments: [String],
        _ meaning: String,
        isOurs: Bool = false,
        _ value: @escaping @Sendable (App, [String], Host) async throws -> String?
    ) -> DokkuCall {
        lines(name, arguments, meaning, isOurs: isOurs) { app, words, host in
            try await value(app, words, host).map { [$0] } ?? []
        }
    }

    static func lines(
        _ name: String,
        _ arguments: [String],
        _ meaning: String,
        isOurs: Bool = false,
        _ values: @escaping @Sendable (App, [String], Host) async throws -> [String]
    ) -> DokkuCall {
        DokkuCall(name, arguments, meaning, isOurs: isOurs) { words, host in
            let app = try await app(words, host)
            host.output.answer(lines: try await values(app, Array(words.dropFirst()), host))
            return 0
        }
    }

    /// A call that is answered by the exit status.
    static func question(
        _ name: String,
        _ arguments: [String],
        _ meaning: String,
        isOurs: Bool = false,
        _ holds: @escaping @Sendable (App, [String], Host) async throws -> Bool
    ) -> DokkuCall {
        DokkuCall(name, arguments, meaning, isOurs: isOurs) { words, host in
            let app = try await app(words, host)
            return try await holds(app, Array(words.dropFirst()), host) ? 0 : 1
        }
    }

    /// A call that is a command of ours with the same arguments.
    static func command(_ name: String, _ arguments: [String], _ meaning: String, _ words: String...) -> DokkuCall {
        DokkuCall(name, arguments, meaning) { given, host in try await command(words + given, host) }
    }

    /// A declared property of a noun, by Dokku's words.
    static func property(_ name: String, of noun: String) -> DokkuCall {
        line(name, ["APP", "KEY"], "the value of a property of \(noun) that holds for the app") { app, words, host in
            let declared = Features.all.first { $0.noun == noun }?.properties ?? []
            guard let property = declared.first(where: { $0.name == words.first }) else {
                throw Failure(.usage, "\(quoted(words.first ?? "")) is not a property of \(noun)")
            }
            return try await Properties(noun, on: host).effective(property, of: app)
        }
    }

    static let apps = [
        DokkuCall("app-exists", ["APP"], "exit 0 or another: whether there is such an app") { words, host in
            guard let name = try? AppName(words[0]) else { return 1 }
            return try await Apps(on: host).lookUp(name) == nil ? 1 : 0
        },
        DokkuCall("app-list", ["[FILTER]"], "the name of every app, one a line") { _, host in
            host.output.answer(lines: try await Apps(on: host).names())
            return 0
        },
        command("app-create", ["APP"], "makes an app", "apps:create"),
        command("app-destroy", ["APP"], "destroys an app, which stays in the archive", "apps:destroy", "--force"),
        command("app-restart", ["APP"], "restarts an app", "ps:restart"),
        question("app-is-deployed", ["APP"], "exit 0 or another: whether it has a release", isOurs: true) { app, _, _ in
            app.current != nil
        },
        line("app-image", ["APP", "[RELEASE]"], "the image of the release that serves, or of another", isOurs: true) {
            app,
            words,
            host in
            let release: Release?
            if let word = words.first, let number = try? ReleaseNumber(word) {
                release = try await Releases(on: host).find(number.number, of: app)
            } else {
                release = try await Releases(on: host).current(of: app)
            }
            guard let image = release?.image else { throw Failure.notDeployed(app) }
            return image
        },
        lines("app-containers", ["APP", "[TYPE]"], "the containers of processes that serve", isOurs: true) {
            app,
            words,
            host in
            try await Ps(on: host).instances(of: app).filter { instance in
                instance.state == .live && (words.first.map { $0 == instance.type.text } ?? true)
            }.compactMap(\.handle)
        },
    ]

    static let config = [
        command("config-get", ["APP", "KEY"], "the value of a variable; exit 1 where it is not set", "config:get"),
        command("config-get-global", ["KEY"], "the same of all apps", "config:get", "--global"),
        command(
            "config-set",
            ["[--no-restart]", "APP", "KEY=VALUE..."],
            "sets variables; the function config_set passes values where nobody reads them",
            "config:set"
        ),
        command("config-unset", ["[--no-restart]", "APP", "KEY..."], "takes variables away", "config:unset"),
        DokkuCall(
            "config-export",
            ["APP", "[GLOBAL]", "[MERGED]", "[FORMAT]"],
            "the variables; GLOBAL and MERGED are true or false"
        ) { words, host in
            var line = ["config:export"]
            if words.count > 2, words[2] == "true" { line.append("--merged") }
            if words.count > 3 { line += ["--format", words[3]] }
            line.append(words.count > 1 && words[1] == "true" ? "--global" : words[0])
            return try await command(line, host)
        },
    ]
}
