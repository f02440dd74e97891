package import Core
import FoundationEssentials

/// A change of state in more than one step: a row with an owner, that any later process can finish or undo.
package struct Operation: Sendable, Equatable {
    /// On containers and images that it has made: its number.
    static let label = "slipway.operation"

    package enum Status: String, Sendable {
        case running, finished, undone
    }

    package let id: Int64
    package let app: AppID?
    package let kind: String
    package var status: Status
    /// Who asked for it.
    package let caller: String
    /// A few words for those who wait: "push of 3f2a1c".
    package let summary: String
    package let startedAt: Timestamp
    package let owner: Owner
    package var isCancelled: Bool
    /// What the steps have written down for whoever finishes or undoes them.
    package var notes: [String: String]
    /// The steps begun, in order, and whether each is done.
    package var steps: [StepRecord]
    package var endedAt: Timestamp?
    /// Why it did not come to the end it was meant to have.
    package var failure: String?

    package struct StepRecord: Sendable, Equatable {
        package let name: String
        package let isDone: Bool
    }

    /// The app it is about: that of its lock, or the one that an operation on something else has noted.
    var subject: AppID? { notes["app"].flatMap { try? AppID($0) } ?? app }

    /// Whether a step has come to its end.
    package func isDone(_ step: some StepName) -> Bool {
        steps.contains { $0.name == step.rawValue && $0.isDone }
    }

    package func hasBegun(_ step: some StepName) -> Bool { steps.contains { $0.name == step.rawValue } }
}

/// The process that works on an operation.
package struct Owner: Sendable, Equatable, Codable {
    package var process: Int32
    /// Field 22 of `/proc/<pid>/stat`, so that a reused process id is not mistaken for the owner.
    package var processStart: String
    /// `/proc/sys/kernel/random/boot_id`.
    package var boot: String
}

/// The steps of a kind of operation, in order, as an enum; its cases are what fault points and the documentation list.
package protocol StepName: RawRepresentable<String>, CaseIterable, Sendable {
    /// What happens to the operation when its owner dies in or after this step.
    var orphan: OrphanRule { get }
    /// Whether nobody can cancel the operation once this step has begun; one who has done so before ends it here.
    var isPointOfNoReturn: Bool { get }
}

extension StepName {
    package var isPointOfNoReturn: Bool { false }
}

/// What whoever finds an operation without an owner does with it, and why.
package enum OrphanRule: Sendable, Equatable {
    case undone(because: String)
    case finished(because: String)

    package var words: String {
        switch self {
        case .undone(let reason): "undone: \(reason)"
        case .finished(let reason): "finished: \(reason)"
        }
    }
}

/// A kind of operation: its steps, and how one without an owner is brought to an end.
package struct OperationKind: Sendable {
    package let name: String
    package let steps: [(name: String, orphan: OrphanRule)]
    /// Finishes or undoes it by what the journal says; safe to do twice.
    let settle: @Sendable (Operation, Held, Host) async throws -> Operation.Status

    /// What becomes of an operation of this kind when its owner dies where it is now.
    func fate(of operation: Operation) -> OrphanRule {
        let last = operation.steps.last.flatMap { begun in steps.first { $0.name == begun.name } }
        return last?.orphan ?? .undone(because: "no step was begun")
    }

    init<Step: StepName>(
        _ name: String,
        steps: Step.Type,
        settle: @escaping @Sendable (Operation, Held, Host) async throws -> Operation.Status
    ) {
        self.name = name
        self.steps = Step.allCases.map { ($0.rawValue, $0.orphan) }
        self.settle = settle
    }
}
