import ArgumentParser
import Core
import Scheduling

enum ResourceCommands: Noun {
    static var feature: Feature { .resource }
    static let all: [any HostCommand.Type] = [
        ResourceLimit.self, ResourceLimitClear.self, ResourceReserve.self, ResourceReserveClear.self,
        ReportCommand<ResourceCommands>.self,
    ]
}

struct ResourceLimit: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "resource:limit",
        "The most an app may use; without amounts, show it",
        examples: [
            "resource:limit --memory 512m --cpu 0.5 shop", "resource:limit --process-type worker --memory clear shop",
        ],
        details: """
            Memory is a number of MiB, or has b, k, m or g behind it; memory-swap is memory and swap together, -1 without
            end. The value clear takes a limit away. The process type build is for builds: the engine's classic builder
            heeds memory and memory-swap, BuildKit neither. Bandwidth is kept and heeded by no engine.
            """
    )
    static let permission = Permission.change
    static let answers: JSONShape? = ResourceTarget.shape
    @OptionGroup var target: ResourceTarget
    @OptionGroup var format: FormatOptions
    @OptionGroup var amounts: ResourceAmounts

    func run(on host: Host) async throws { try await target.run(.limit, amounts, format, host) }
}

struct ResourceLimitClear: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "resource:limit-clear",
        "Have no limits",
        examples: ["resource:limit-clear shop", "resource:limit-clear --process-type worker shop"]
    )
    static let permission = Permission.change
    @OptionGroup var target: ResourceTarget

    func run(on host: Host) async throws { try await target.clear(.limit, host) }
}

struct ResourceReserve: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "resource:reserve",
        "What stays an app's when it gets short; without amounts, show it",
        examples: [
            "resource:reserve --memory 256m shop", "resource:reserve --process-type worker --memory clear shop",
        ],
        details: "The engine reserves memory; the other amounts are kept for what can reserve them."
    )
    static let permission = Permission.change
    static let answers: JSONShape? = ResourceTarget.shape
    @OptionGroup var target: ResourceTarget
    @OptionGroup var format: FormatOptions
    @OptionGroup var amounts: ResourceAmounts

    func run(on host: Host) async throws { try await target.run(.reserve, amounts, format, host) }
}

struct ResourceReserveClear: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "resource:reserve-clear",
        "Reserve nothing",
        examples: ["resource:reserve-clear shop", "resource:reserve-clear --process-type worker shop"]
    )
    static let permission = Permission.change
    @OptionGroup var target: ResourceTarget

    func run(on host: Host) async throws { try await target.clear(.reserve, host) }
}

/// Amounts as they were given; the word `clear` takes one away.
struct ResourceAmounts: ParsableArguments {
    @Option(help: "Cores, like 0.5") var cpu: String?
    @Option(help: "Memory, like 512m") var memory: String?
    @Option(parsing: .unconditional, help: "Memory and swap together") var memorySwap: String?
    @Option(help: "Bandwidth, like 20m") var network: String?
    @Option(help: "Bandwidth coming in") var networkIngress: String?
    @Option(help: "Bandwidth going out") var networkEgress: String?
    @Option(help: "Graphics processors") var nvidiaGpu: String?

    /// By Dokku's names.
    var given: [(name: String, value: String)] {
        let all = [cpu, memory, memorySwap, network, networkIngress, networkEgress, nvidiaGpu]
        return zip(ResourceKey.names, all).compactMap { name, value in value.map { (name, $0) } }
    }
}

/// Which processes of which app.
struct ResourceTarget: ParsableArguments {
    @Option(help: "Only this process type") var processType: ProcessType?
    @Argument(help: "App") var app: AppName

    /// All amounts by their names; empty where nothing is set.
    static let shape = JSONShape.object(
        Dictionary(uniqueKeysWithValues: ResourceKey.names.map { ($0, JSONShape.text) })
    )

    private var type: String { processType?.text ?? Resource.fallback }

    func run(
        _ kind: ResourceKey.Kind,
        _ amounts: ResourceAmounts,
        _ format: FormatOptions,
        _ host: Host
    ) async throws {
        let given = amounts.given
        if given.isEmpty { return try await show(kind, format, host) }
        try await change("resource:\(kind.rawValue)", host) { limits in
            for (name, value) in given {
                try ResourceKey.find(kind, name)?.set(&limits, value == "clear" ? nil : value)
            }
        }
    }

    func clear(_ kind: ResourceKey.Kind, _ host: Host) async throws {
        try await change("resource:\(kind.rawValue)-clear", host) { limits in
            for key in ResourceKey.all where key.kind == kind { try key.set(&limits, nil) }
        }
    }

    private func change(
        _ verb: String,
        _ host: Host,
        _ edit: @escaping @Sendable (inout WorkloadLimits) throws -> Void
    ) async throws {
        let found = try await Apps(on: host).find(app)
        guard try await Resource(on: host).change(found, type, verb, edit) else {
            return host.output.heading("resources of \(app) are unchanged")
        }
        host.output.step("Setting resources of \(app) (\(processType?.text ?? "default"))")
        for (name, value) in try await shown(found, nil, host) where !value.isEmpty {
            host.output.detail("\(name): \(value)")
        }
        if type == Resource.build { return host.output.detail("takes effect with the next build") }
        host.output.saysWhen(found)
    }

    private func show(_ kind: ResourceKey.Kind, _ format: FormatOptions, _ host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let lines = try await shown(found, kind, host)
        if format.wantsJSON { return try host.output.answer(json: Dictionary(uniqueKeysWithValues: lines)) }
        host.output.title("resource \(kind.rawValue)s \(app) information [\(processType?.text ?? "default")]")
        for (name, value) in lines { host.output.answer("       \("\(name):".padded(to: 17))\(value)".trimmedEnd) }
    }

    /// What is set for exactly this type.
    private func shown(_ found: App, _ kind: ResourceKey.Kind?, _ host: Host) async throws -> [(String, String)] {
        let limits = try await Resource(on: host).all(of: found)[type] ?? WorkloadLimits()
        return ResourceKey.all.filter { kind == nil || $0.kind == kind }.map { key in
            (kind == nil ? "\(key.kind.rawValue) \(key.name)" : key.name, key.text(limits) ?? "")
        }
    }
}

extension String {
    /// Without blanks at the end.
    fileprivate var trimmedEnd: String {
        var copy = self
        while copy.last == " " { copy.removeLast() }
        return copy
    }
}
