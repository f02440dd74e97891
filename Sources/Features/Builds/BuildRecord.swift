import Core

/// One entry of the list: an attempt to make an image, or a deploy of one that is there.
struct BuildRecord: Sendable, Equatable {
    enum Kind: String, Sendable, CaseIterable { case build, deploy }

    var id: String
    var kind: Kind
    var status: Build.Status
    /// In Dokku's words, where it has one: `git-hook`, `ps:restart`, ...
    var source: String
    var release: Int?
    var revision: Revision?
    var caller: String
    var startedAt: Timestamp
    var endedAt: Timestamp?
    var image: String?
    var builder: String?
    /// The process that works on it, while it runs.
    var process: Int32?
    var failure: String?

    /// 0 and 1 as a shell has it; nil before the end.
    var exitCode: Int? { status == .running ? nil : status == .succeeded ? 0 : 1 }

    /// A build, and the operation it is a step of where that is known.
    init(_ build: Build, _ operation: Operation?) {
        id = build.id
        kind = .build
        status = build.status
        source = Self.word(build.source)
        (release, revision, caller) = (build.release, build.revision, build.caller)
        (startedAt, endedAt, image, builder) = (build.startedAt, build.endedAt, build.image, build.builder)
        guard status == .running else {
            if status != .succeeded { failure = operation?.failure }
            return
        }
        if let operation, operation.status == .running, operation.owner.isAlive {
            process = operation.owner.process
        } else {
            status = .abandoned
        }
    }

    /// A deploy that builds nothing.
    init(_ operation: Operation) {
        id = "\(Self.prefix)\(operation.id)"
        kind = .deploy
        source = operation.notes["source"].map(Self.word) ?? "deploy"
        (caller, startedAt, endedAt) = (operation.caller, operation.startedAt, operation.endedAt)
        release = operation.notes["release"].flatMap(Int.init)
        failure = operation.failure
        switch operation.status {
        case .finished: status = .succeeded
        case .undone: status = Build.Status(after: operation.failure)
        case .running:
            status = operation.owner.isAlive ? .running : .abandoned
            process = operation.owner.isAlive ? operation.owner.process : nil
        }
    }

    static let prefix = "deploy-"

    /// Plugins are told other words than lists of builds, in two cases.
    private static func word(_ source: String) -> String {
        switch source {
        case "git-push": "git-hook"
        case "rollback": "releases:rollback"
        default: source
        }
    }

    /// Both kinds as one list, the newest first.
    ///
    /// An operation that built is the build's own; one that starts the same release once more is a deploy.
    static func list(_ builds: [Build], _ operations: [Operation]) -> [BuildRecord] {
        let deploys = operations.filter { $0.kind == Settling.deploy.name }
        let built = Set(builds.map(\.release))
        func release(_ operation: Operation) -> Int? {
            operation.notes["same"] == nil ? operation.notes["release"].flatMap(Int.init) : nil
        }
        let byRelease = Dictionary(deploys.compactMap { one in release(one).map { ($0, one) } }) { first, _ in first }
        let own = builds.map { BuildRecord($0, byRelease[$0.release]) }
        let others = deploys.filter { release($0).map { !built.contains($0) } ?? true }.map { BuildRecord($0) }
        return (own + others).sorted { ($0.startedAt, $0.id) > ($1.startedAt, $1.id) }
    }
}

extension Build.Status {
    /// What an undone operation makes of its build: somebody wanted its end, or it failed.
    init(after failure: String?) {
        self = failure?.hasPrefix(FailureCode.cancelled.rawValue) == true ? .canceled : .failed
    }
}
