import ArgumentParser
import Core
import Scheduling

/// A noun that stands for a proxy in a container; all four have the same verbs.
protocol AlternateNoun: Noun {
    static var proxy: AlternateProxy { get }
}

extension AlternateNoun {
    static var commands: [any HostCommand.Type] {
        [
            AlternateShowConfig<Self>.self, AlternateLogs<Self>.self, AlternateStart<Self>.self,
            AlternateStop<Self>.self, AlternateLabelsAdd<Self>.self, AlternateLabelsRemove<Self>.self,
            AlternateLabelsShow<Self>.self, SetProperty<Self>.self, ReportCommand<Self>.self,
        ]
    }

    static func property(_ name: String) -> Property? {
        proxy.properties.first { $0.name == name }
            ?? (proxy.noun == AlternateProxy.traefik.noun ? AlternateProxy.provider(name) : nil)
    }

    static func didSet(_ property: Property, of app: App?, on host: Host) async throws {
        if let app { return host.output.saysWhen(app) }
        host.output.detail("takes effect when it is started anew: slipway \(proxy.noun):stop, then :start")
    }

    fileprivate static func verb(_ name: String, _ abstract: String, examples: [String]) -> CommandConfiguration {
        .verb("\(proxy.noun):\(name)", abstract, examples: examples.map { "\(proxy.noun):\(name)\($0)" })
    }
}

struct AlternateShowConfig<N: AlternateNoun>: HostCommand {
    static var configuration: CommandConfiguration {
        N.verb("show-config", "What its container is made from, or what it is told of an app", examples: ["", " shop"])
    }
    static var permission: Permission { .view }
    @Argument(help: "App to look at") var app: AppName?

    func run(on host: Host) async throws {
        let alternates = Alternates(N.proxy, on: host)
        guard let app else { return host.output.answer(lines: try await alternates.configuration()) }
        let labels = try await alternates.labels(of: try await Apps(on: host).find(app))
        host.output.answer(lines: labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
    }
}

struct AlternateLogs<N: AlternateNoun>: HostCommand {
    static var configuration: CommandConfiguration {
        N.verb("logs", "What it says", examples: [" --num 50", " --tail"])
    }
    static var permission: Permission { .view }
    @Flag(name: [.customShort("t"), .customLong("tail")], help: "Go on as it comes") var follow = false
    @Option(name: [.customShort("n"), .customLong("num")], help: "How many lines") var number = 100

    func run(on host: Host) async throws {
        guard number >= 0 else { throw Failure(.usage, "--num takes a number from 0") }
        let lines = try await Alternates(N.proxy, on: host).logs(LogWish(follow: follow, tail: number))
        for try await line in lines { host.output.answer(line.text) }
    }
}

struct AlternateStart<N: AlternateNoun>: HostCommand {
    static var configuration: CommandConfiguration {
        N.verb("start", "Start it, with its image fetched where it is missing", examples: ["", " --quiet"])
    }
    static var permission: Permission { .administer }

    func run(on host: Host) async throws {
        let isNew = try await Alternates(N.proxy, on: host).start()
        isNew
            ? host.output.step("\(N.proxy.noun) runs")
            : host.output.heading("\(N.proxy.noun) runs already: unchanged")
    }
}

struct AlternateStop<N: AlternateNoun>: HostCommand {
    static var configuration: CommandConfiguration {
        N.verb("stop", "End it: its apps are not reached then", examples: ["", " --quiet"])
    }
    static var permission: Permission { .administer }

    func run(on host: Host) async throws {
        let wasRunning = try await Alternates(N.proxy, on: host).stop()
        wasRunning
            ? host.output.step("\(N.proxy.noun) has ended")
            : host.output.heading("\(N.proxy.noun) does not run: unchanged")
    }
}

struct AlternateLabelsAdd<N: AlternateNoun>: HostCommand {
    static var configuration: CommandConfiguration {
        N.verb("labels:add", "Give an app's web processes a label", examples: [" shop NAME VALUE", " api NAME VALUE"])
    }
    static var permission: Permission { .administer }
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "Name of the label") var label: String
    @Argument(parsing: .remaining, help: "Its value") var value: [String]

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let text = value.joined(separator: " ")
        guard try await Alternates(N.proxy, on: host).setLabel(label, to: text, of: found) else {
            return host.output.heading("label \(label) of \(app) is unchanged")
        }
        host.output.step("Added label \(label) to \(app)")
        host.output.saysWhen(found)
    }
}

struct AlternateLabelsRemove<N: AlternateNoun>: HostCommand {
    static var configuration: CommandConfiguration {
        N.verb("labels:remove", "Take a label of an app away", examples: [" shop NAME", " api NAME"])
    }
    static var permission: Permission { .change }
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "Name of the label") var label: String

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        guard try await Alternates(N.proxy, on: host).setLabel(label, to: nil, of: found) else {
            return host.output.heading("label \(label) of \(app) is unchanged")
        }
        host.output.step("Removed label \(label) from \(app)")
        host.output.saysWhen(found)
    }
}

struct AlternateLabelsShow<N: AlternateNoun>: HostCommand {
    static var configuration: CommandConfiguration {
        N.verb("labels:show", "The labels an app was given by hand", examples: [" shop", " shop NAME"])
    }
    static var permission: Permission { .view }
    static var answers: JSONShape? { .map(.text) }
    @OptionGroup var format: FormatOptions
    @Argument(help: "App to look at") var app: AppName
    @Argument(help: "The one label to show") var label: String?

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let labels = try await Alternates(N.proxy, on: host).ownLabels(of: found)
        if let label {
            guard let value = labels[label] else {
                throw Failure(.notFound, "\(app) has no label \(quoted(label))")
            }
            return format.wantsJSON ? try host.output.answer(json: [label: value]) : host.output.answer(value)
        }
        if format.wantsJSON { return try host.output.answer(json: labels) }
        host.output.title("\(app) \(N.proxy.noun) labels")
        host.output.answer(lines: labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
    }
}
