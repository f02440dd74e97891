import Core
import Scheduling

/// An option that is understood: its names, and what it does to what is sent to the engine.
struct DockerFlag: Sendable {
    /// The long name first.
    let names: [String]
    let takesValue: Bool
    /// Changes what an instance, or a one-off program, is made of.
    fileprivate let shape: (@Sendable (inout Workload, String, DockerPlace) throws -> Void)?
    /// Changes what is asked of a build.
    fileprivate let order: (@Sendable (inout DockerBuild, String) throws -> Void)?
    /// Said when it is added.
    let note: String?

    var name: String { names.first ?? "" }

    func apply(_ value: String?, to workload: inout Workload, _ place: DockerPlace) throws {
        try shape?(&workload, value ?? "", place)
    }

    func apply(_ value: String?, to build: inout DockerBuild) throws { try order?(&build, value ?? "") }

    /// What has an effect, or a reason why it has none.
    static func table(of phase: DockerOption.Phase) -> [DockerFlag] { phase == .build ? builds : containers }

    /// The same, and for builds what only a container can have: it is kept there as with Dokku, and left out of every
    /// build, so that one line can name all phases.
    private static func known(in phase: DockerOption.Phase) -> [DockerFlag] {
        phase == .build ? builds + idleInBuilds : containers
    }

    private static let idleInBuilds: [DockerFlag] = {
        let taken = Set(builds.flatMap(\.names)).union(refusedInBuilds.flatMap(\.names))
        return containers.filter { taken.isDisjoint(with: $0.names) }.map { flag in
            let note = "\(flag.name) has no effect on builds: no build has that"
            return DockerFlag(names: flag.names, takesValue: flag.takesValue, shape: nil, order: nil, note: note)
        }
    }()

    /// Whether nothing comes of it where it was found.
    var isIdle: Bool { shape == nil && order == nil }

    /// The long names of what is refused, as people read them.
    static func refusedNames(in phase: DockerOption.Phase) -> String {
        let names = (phase == .build ? refusedInBuilds : refusedInContainers).flatMap(\.names)
        return names.filter { $0.hasPrefix("--") }.sorted().joined(separator: " ")
    }

    /// - Throws: ``Failure``: with the reason for what is refused, with what is near for what is not known.
    static func find(_ spelling: String, in phase: DockerOption.Phase) throws -> DockerFlag {
        let table = known(in: phase)
        if let flag = table.first(where: { $0.names.contains(spelling) }) { return flag }
        let refusals = phase == .build ? refusedInBuilds : refusedInContainers
        if let (_, reason) = refusals.first(where: { $0.names.contains(spelling) }) {
            throw Failure(.notAllowed, "\(spelling) is not for \(phase.rawValue)", why: reason)
        }
        let others = DockerOption.Phase.allCases.filter { other in
            other != phase && Self.table(of: other).contains { $0.names.contains(spelling) }
        }
        let known = table.flatMap(\.names)
        let near = known.filter { Help.distance($0, spelling) <= 2 }.prefix(3).joined(separator: ", ")
        throw Failure.malformed(
            "\(quoted(spelling)) is no option that \(phase.rawValue) takes",
            fix: others.isEmpty
                ? near.isEmpty
                    ? "it takes \(Self.table(of: phase).map(\.name).joined(separator: " "))" : "did you mean \(near)?"
                : "it is one of \(others.map(\.rawValue).joined(separator: " and "))"
        )
    }

    static func named(_ name: String, in phase: DockerOption.Phase) -> DockerFlag? {
        known(in: phase).first { $0.name == name }
    }

    /// Whether its value is a variable, which may be a secret.
    static func isVariable(_ name: String) -> Bool { ["--env", "--build-arg"].contains(name) }

    /// Whether an option can do no more than the app can do by itself: amounts, and what lies inside its own containers.
    ///
    /// The rest reaches folders, devices, networks, names or powers of the host.
    static func staysInside(_ name: String, in phase: DockerOption.Phase) -> Bool {
        (phase == .build ? insideBuilds : insideContainers).contains(name) || amounts.contains(name)
            || named(name, in: phase)?.isIdle == true
    }

    private static let amounts: Set = [
        "--cpu-period", "--cpu-quota", "--cpu-shares", "--cpus", "--cpuset-cpus", "--cpuset-mems", "--memory",
        "--memory-reservation", "--memory-swap", "--memory-swappiness", "--shm-size", "--ulimit",
    ]
    private static let insideBuilds: Set = [
        "--build-arg", "--label", "--no-cache", "--platform", "--progress", "--provenance", "--pull", "--quiet",
        "--sbom",
        "--target",
    ]
    private static let insideContainers: Set = [
        "--cap-drop", "--entrypoint", "--env", "--init", "--no-healthcheck", "--pids-limit", "--read-only", "--restart",
        "--stop-signal", "--tmpfs", "--user", "--workdir",
    ]

    /// What scripts of a release do without: amounts and ports are those of the processes.
    static let notForScripts: Set = [
        "--cpu-period", "--cpu-quota", "--cpu-shares", "--cpus", "--cpuset-cpus", "--cpuset-mems", "--gpus", "--memory",
        "--memory-reservation", "--memory-swap", "--publish", "--publish-all", "--restart",
    ]
}

/// For which app an option is applied.
struct DockerPlace: Sendable {
    var app: App
    var settings: HostSettings
    var type: ProcessType
    var tld: String
}

/// Rows of the tables.
extension [DockerFlag] {
    /// Of instances: with a value.
    mutating func container(
        _ names: String...,
        note: String? = nil,
        shape: @escaping @Sendable (inout Workload, String, DockerPlace) throws -> Void
    ) {
        append(DockerFlag(names: names, takesValue: true, shape: shape, order: nil, note: note))
    }

    /// Of instances: there, not there, or `=false`.
    mutating func containerSwitch(
        _ names: String...,
        shape: @escaping @Sendable (inout Workload, Bool) throws -> Void
    ) {
        append(
            DockerFlag(
                names: names,
                takesValue: false,
                shape: { workload, value, _ in try shape(&workload, value != "false") },
                order: nil,
                note: nil
            )
        )
    }

    /// Of builds: with a value.
    mutating func build(
        _ names: String...,
        note: String? = nil,
        order: @escaping @Sendable (inout DockerBuild, String) throws -> Void
    ) {
        append(DockerFlag(names: names, takesValue: true, shape: nil, order: order, note: note))
    }

    /// Of builds: there, not there, or `=false`.
    mutating func buildSwitch(
        _ names: String...,
        note: String? = nil,
        order: @escaping @Sendable (inout DockerBuild, Bool) throws -> Void
    ) {
        append(
            DockerFlag(
                names: names,
                takesValue: false,
                shape: nil,
                order: { build, value in try order(&build, value != "false") },
                note: note
            )
        )
    }
}
