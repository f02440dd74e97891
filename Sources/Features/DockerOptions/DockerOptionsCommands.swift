import ArgumentParser
import Core
import Scheduling

enum DockerOptionsCommands: Noun {
    static var feature: Feature { .dockerOptions }
    static let all: [any HostCommand.Type] = [
        DockerOptionsAdd.self, DockerOptionsRemove.self, DockerOptionsClear.self, DockerOptionsList.self,
        DockerOptionsReport.self,
    ]
}

struct DockerOptionsAdd: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "docker-options:add",
        "Give builds, processes or one-off programs options of docker",
        examples: [
            "docker-options:add shop deploy,run '--shm-size 256m --cap-add NET_ADMIN'",
            "docker-options:add --process worker shop deploy --ulimit nofile=4096",
        ],
        details: """
            Phases are build, deploy and run, joined by commas. A text with several options becomes one entry each; words
            are split as a shell splits them, and nothing in them is run. What is no option of docker, or would break
            names, addresses or clean-up, is refused; what only a container can have has no effect on builds. With --process only that type has them, in deploy. Options that
            reach folders, devices, networks or powers of the host are for administrators.
            """
    )
    static let permission = Permission.change
    static func permission(for words: [String]) -> Permission { DockerOptionsCommands.permission(for: words, "add") }
    @Argument(parsing: .captureForPassthrough, help: "[--process TYPE]... APP PHASES OPTION...") var words: [String] =
        []

    func run(on host: Host) async throws {
        let wish = try DockerOptionsWish(words, "add")
        let app = try await Apps(on: host).find(wish.app)
        let given = try wish.options("add")
        let policies = try DockerOptionsCommands.policies(given)
        let options = DockerOptions(on: host)
        let new = try await options.add(given.filter { $0.name != DockerOptions.restart || $0.phase == .run }, to: app)
        var isChanged = !new.isEmpty
        for option in new {
            host.output.step("Added \(option.phase.rawValue) option of \(app.name): \(option.masked)")
            guard let flag = DockerFlag.named(option.name, in: option.phase), let note = flag.note else { continue }
            flag.isIdle ? host.output.warn(note) : host.output.detail(note)
        }
        if let policy = policies.last?.value {
            isChanged = try await Properties("ps", on: host).set(Ps.restartPolicy, to: policy, of: app) || isChanged
            host.output.detail("--restart is the property restart-policy of ps: it is \(policy) now")
        }
        try await tell(app, new, wish, host)
        guard isChanged else { return host.output.heading("docker options of \(app.name) are unchanged") }
        host.output.saysWhen(app)
    }

    private func tell(_ app: App, _ new: [DockerOption], _ wish: DockerOptionsWish, _ host: Host) async throws {
        if let published = new.first(where: { $0.name == "--publish" && $0.phase == .deploy }),
            let ports = published.value.flatMap({ try? DockerPorts($0).all }), ports.contains(where: { $0.host != nil })
        {
            host.output.detail("one process at a time has a port of the host: the old ends before the new one starts")
        }
        guard let release = try await Releases(on: host).current(of: app) else { return }
        let types = Formation(asked: [:], facts: release.facts).types
        for process in wish.processes where !types.contains(process) {
            host.output.warn("\(app.name) has no process type \(process) now")
        }
    }
}

struct DockerOptionsRemove: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "docker-options:remove",
        "Take options of docker away",
        examples: [
            "docker-options:remove shop deploy,run '--shm-size 256m'",
            "docker-options:remove --process worker shop deploy --ulimit nofile=4096",
        ],
        details: "An option is found in whatever spelling: --memory=1g is --memory 1g. What is not there is no error."
    )
    static let permission = Permission.change
    static func permission(for words: [String]) -> Permission { DockerOptionsCommands.permission(for: words, "remove") }
    @Argument(parsing: .captureForPassthrough, help: "[--process TYPE]... APP PHASES OPTION...") var words: [String] =
        []

    func run(on host: Host) async throws {
        let wish = try DockerOptionsWish(words, "remove")
        let app = try await Apps(on: host).find(wish.app)
        let (given, strangers) = try wish.removable("remove")
        for word in strangers { host.output.warn("\(quoted(word)) is no option that \(app.name) can have, skipped") }
        let gone = try await DockerOptions(on: host).remove(given, from: app)
        for option in gone {
            host.output.step("Removed \(option.phase.rawValue) option of \(app.name): \(option.masked)")
        }
        var isChanged = !gone.isEmpty
        for policy in try DockerOptionsCommands.policies(given) {
            let properties = Properties("ps", on: host)
            guard try await properties.raw(Ps.restartPolicy, of: app) == policy.value else { continue }
            isChanged = try await properties.set(Ps.restartPolicy, to: nil, of: app) || isChanged
            host.output.detail("--restart is the property restart-policy of ps: it is the default now")
        }
        guard isChanged else { return host.output.heading("docker options of \(app.name) are unchanged") }
        host.output.saysWhen(app)
    }
}

struct DockerOptionsClear: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "docker-options:clear",
        "Take all options of docker away",
        examples: ["docker-options:clear shop", "docker-options:clear --process worker shop deploy"]
    )
    /// What is taken away may have been given by an administrator only.
    static let permission = Permission.administer
    @Argument(parsing: .captureForPassthrough, help: "[--process TYPE]... APP [PHASES]") var words: [String] = []

    func run(on host: Host) async throws {
        let wish = try DockerOptionsWish(words, "clear")
        guard wish.words.isEmpty else {
            throw DockerOptionsWish.wrong("\(quoted(wish.words[0])) is one word too many", "clear")
        }
        let app = try await Apps(on: host).find(wish.app)
        let all = wish.processes.isEmpty ? DockerOption.Phase.allCases : [.deploy]
        let phases = wish.phases.isEmpty ? all : wish.phases
        let gone = try await DockerOptions(on: host).clear(phases, wish.processes, of: app)
        guard !gone.isEmpty else { return host.output.heading("docker options of \(app.name) are unchanged") }
        host.output.step("Cleared \(gone.count) docker option\(gone.count == 1 ? "" : "s") of \(app.name)")
        host.output.saysWhen(app)
    }
}

struct DockerOptionsList: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "docker-options:list",
        "The options of one phase, one a line",
        examples: [
            "docker-options:list shop --phase deploy",
            "docker-options:list shop --phase deploy --process worker --format json",
        ]
    )
    static let permission = Permission.view
    @Argument(parsing: .captureForPassthrough, help: "APP --phase PHASE [--process TYPE]") var words: [String] = []

    func run(on host: Host) async throws {
        let wish = try DockerOptionsWish(words, "list")
        guard wish.words.isEmpty else {
            throw DockerOptionsWish.wrong("\(quoted(wish.words[0])) is one word too many", "list")
        }
        guard wish.phases.count == 1, wish.processes.count <= 1 else {
            throw DockerOptionsWish.wrong("Please specify one phase with --phase", "list")
        }
        let app = try await Apps(on: host).find(wish.app)
        let texts = try await DockerOptions(on: host).all(of: app).filter {
            $0.phase == wish.phases[0] && $0.process == wish.processes.first
        }.map(\.text)
        if wish.wantsJSON { return try host.output.answer(json: texts) }
        host.output.answer(lines: texts)
    }
}

/// As every report, and in JSON with a list beside each text.
struct DockerOptionsReport: Reporting {
    static let configuration = CommandConfiguration.verb(
        "docker-options:report",
        "Show the options of docker of an app",
        examples: ["docker-options:report shop", "docker-options:report shop --docker-options-deploy"]
    )
    static let permission = Permission.view
    static var noun: any Noun.Type { DockerOptionsCommands.self }
    @Argument(parsing: .captureForPassthrough, help: "[APP] [--FLAG] [--format json]") var words: [String] = []

    private enum Value: Encodable {
        case text(String)
        case list([String])

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .list(let texts): try container.encode(texts)
            }
        }
    }

    func run(on host: Host) async throws {
        let wish = try ReportWish(words)
        guard wish.wantsJSON, !wish.isGlobal else {
            return try await ReportCommand<DockerOptionsCommands>.parse(words).run(on: host)
        }
        let apps: [App]
        if let name = wish.app {
            apps = [try await Apps(on: host).find(name)]
        } else {
            apps = try await Apps(on: host).visible()
        }
        for app in apps {
            var keys: [String: Value] = [:]
            for (key, options) in DockerOptions.report(try await DockerOptions(on: host).all(of: app)) {
                keys[key] = .text(options.map(\.text).joined(separator: " "))
                keys["\(key)-list"] = .list(options.map(\.text))
            }
            try host.output.answer(json: keys)
        }
    }
}

extension DockerOptionsCommands {
    /// Options that reach the host are the host's; so is what is not understood.
    fileprivate static func permission(for words: [String], _ verb: String) -> Permission {
        guard let wish = try? DockerOptionsWish(words, verb),
            let options = verb == "remove" ? try? wish.removable(verb).options : try? wish.options(verb)
        else { return .administer }
        return options.allSatisfy { DockerFlag.staysInside($0.name, in: $0.phase) } ? .change : .administer
    }

    /// Restart policies among the options of deploy.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/usage`` when it is to be one type's own.
    fileprivate static func policies(_ options: [DockerOption]) throws -> [DockerOption] {
        let found = options.filter { $0.name == DockerOptions.restart && $0.phase == .deploy }
        if found.contains(where: { $0.process != nil }) {
            throw Failure(.usage, "--restart is the same for all process types", fix: "leave --process out")
        }
        for option in found { try Ps.restartPolicy.validate(option.value ?? "") }
        return found
    }
}
