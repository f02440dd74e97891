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
            end. The value clear takes a limit away.
            """
    )
    static let permission = Permission.change
    @OptionGroup var target: ResourceTarget
    @OptionGroup var format: FormatOptions
    @Option(help: "Cores, like 0.5") var cpu: String?
    @Option(help: "Memory, like 512m") var memory: String?
    @Option(help: "Memory and swap together") var memorySwap: String?

    func run(on host: Host) async throws {
        guard cpu != nil || memory != nil || memorySwap != nil else {
            return try await target.show(.limit, format, host)
        }
        let nanos = try ResourceWish(cpu, ResourceAmount.cpu)
        let bytes = try ResourceWish(memory, ResourceAmount.memory)
        let both = try ResourceWish(memorySwap, ResourceAmount.swap)
        try await target.change("resource:limit", host) { limits in
            nanos.apply(to: &limits.nanoCPUs)
            bytes.apply(to: &limits.memory)
            both.apply(to: &limits.memorySwap)
        }
    }
}

struct ResourceLimitClear: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "resource:limit-clear",
        "Have no limits",
        examples: ["resource:limit-clear shop", "resource:limit-clear --process-type worker shop"]
    )
    static let permission = Permission.change
    @OptionGroup var target: ResourceTarget

    func run(on host: Host) async throws {
        try await target.change("resource:limit-clear", host) { limits in
            (limits.nanoCPUs, limits.memory, limits.memorySwap) = (nil, nil, nil)
        }
    }
}

struct ResourceReserve: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "resource:reserve",
        "Memory that stays an app's when it gets short; without an amount, show it",
        examples: ["resource:reserve --memory 256m shop", "resource:reserve --process-type worker --memory clear shop"]
    )
    static let permission = Permission.change
    @OptionGroup var target: ResourceTarget
    @OptionGroup var format: FormatOptions
    @Option(help: "Memory, like 256m") var memory: String?

    func run(on host: Host) async throws {
        guard memory != nil else { return try await target.show(.reserve, format, host) }
        let bytes = try ResourceWish(memory, ResourceAmount.memory)
        try await target.change("resource:reserve", host) { bytes.apply(to: &$0.memoryReservation) }
    }
}

struct ResourceReserveClear: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "resource:reserve-clear",
        "Reserve nothing",
        examples: ["resource:reserve-clear shop", "resource:reserve-clear --process-type worker shop"]
    )
    static let permission = Permission.change
    @OptionGroup var target: ResourceTarget

    func run(on host: Host) async throws {
        try await target.change("resource:reserve-clear", host) { $0.memoryReservation = nil }
    }
}

/// Which processes of which app.
struct ResourceTarget: ParsableArguments {
    @Option(help: "Only this process type") var processType: ProcessType?
    @Argument(help: "App") var app: AppName

    private var type: String { processType?.text ?? Resource.fallback }

    func change(_ verb: String, _ host: Host, _ edit: @escaping @Sendable (inout WorkloadLimits) -> Void) async throws {
        let found = try await Apps(on: host).find(app)
        guard try await Resource(on: host).change(found, type, verb, edit) else {
            return host.output.heading("resources of \(app) are unchanged")
        }
        host.output.step("Setting resources of \(app) (\(processType?.text ?? "default"))")
        for (name, value) in try await shown(found, nil, host) where !value.isEmpty {
            host.output.detail("\(name): \(value)")
        }
        host.output.saysWhen(found)
    }

    func show(_ kind: ResourceKey.Kind, _ format: FormatOptions, _ host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let lines = try await shown(found, kind, host)
        if format.wantsJSON { return try host.output.answer(json: Dictionary(uniqueKeysWithValues: lines)) }
        host.output.title("resource \(kind.rawValue)s \(app) information [\(processType?.text ?? "default")]")
        for (name, value) in lines { host.output.answer("       \("\(name):".padded(to: 14))\(value)".trimmedEnd) }
    }

    /// What is set for exactly this type.
    private func shown(_ found: App, _ kind: ResourceKey.Kind?, _ host: Host) async throws -> [(String, String)] {
        let limits = try await Resource(on: host).all(of: found)[type] ?? WorkloadLimits()
        return ResourceKey.all.filter { kind == nil || $0.kind == kind }.map { key in
            (kind == nil ? "\(key.kind.rawValue) \(key.name)" : key.name, key.text(limits) ?? "")
        }
    }
}

/// What was asked of one amount: nothing, to take it away, or a new one.
enum ResourceWish: Sendable {
    case keep, clear
    case set(Int64)

    init(_ text: String?, _ read: (String) throws -> Int64) throws {
        switch text {
        case nil: self = .keep
        case "clear": self = .clear
        case .some(let amount): self = .set(try read(amount))
        }
    }

    func apply(to value: inout Int64?) {
        switch self {
        case .keep: break
        case .clear: value = nil
        case .set(let amount): value = amount
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
