import Core
import Scheduling

/// One amount that can be set, by Dokku's name.
struct ResourceKey: Sendable {
    enum Kind: String, Sendable, CaseIterable { case limit, reserve }

    /// Names in the order in which they are shown.
    static let names = ["cpu", "memory", "memory-swap", "network", "network-ingress", "network-egress", "nvidia-gpu"]

    let kind: Kind
    let name: String
    /// As people read it; nil where nothing is set.
    let text: @Sendable (WorkloadLimits) -> String?
    /// Takes a text, or nil to take the amount away.
    let set: @Sendable (inout WorkloadLimits, String?) throws -> Void

    static let all: [ResourceKey] = Kind.allCases.flatMap { kind in names.map { key(kind, $0) } }

    static func find(_ kind: Kind, _ name: String) -> ResourceKey? { all.first { $0.kind == kind && $0.name == name } }

    /// What the engine understands is a number; the rest is kept as it was written.
    private static func key(_ kind: Kind, _ name: String) -> ResourceKey {
        switch (kind, name) {
        case (.limit, "cpu"):
            number(kind, name, \.nanoCPUs, ResourceAmount.text(cpu:), ResourceAmount.cpu)
        case (.limit, "memory"):
            number(kind, name, \.memory, ResourceAmount.text(memory:), ResourceAmount.memory)
        case (.limit, "memory-swap"):
            number(kind, name, \.memorySwap, ResourceAmount.text(swap:), ResourceAmount.swap)
        case (.limit, "nvidia-gpu"):
            number(kind, name, \.gpus, { "\($0)" }, ResourceAmount.count)
        case (.reserve, "memory"):
            number(kind, name, \.memoryReservation, ResourceAmount.text(memory:), ResourceAmount.memory)
        default: noted(kind, name)
        }
    }

    private static func number(
        _ kind: Kind,
        _ name: String,
        _ path: any WritableKeyPath<WorkloadLimits, Int64?> & Sendable,
        _ text: @escaping @Sendable (Int64) -> String,
        _ read: @escaping @Sendable (String) throws -> Int64
    ) -> ResourceKey {
        ResourceKey(kind: kind, name: name) { limits in
            limits[keyPath: path].map(text)
        } set: { limits, value in
            limits[keyPath: path] = try value.map(read)
        }
    }

    /// An amount for which this scheduler has no use.
    private static func noted(_ kind: Kind, _ name: String) -> ResourceKey {
        let key = "\(kind.rawValue).\(name)"
        return ResourceKey(kind: kind, name: name) { limits in
            limits.noted?[key]
        } set: { limits, value in
            var all = limits.noted ?? [:]
            all[key] = try value.map(check(name))
            limits.noted = all.nilWhenEmpty
        }
    }

    private static func check(_ name: String) -> @Sendable (String) throws -> String {
        { text in
            switch name {
            case "cpu": return ResourceAmount.text(cpu: try ResourceAmount.cpu(text))
            case "memory-swap": return ResourceAmount.text(swap: try ResourceAmount.swap(text))
            case "nvidia-gpu": return "\(try ResourceAmount.count(text))"
            default: return try ResourceAmount.bandwidth(text)
            }
        }
    }
}
