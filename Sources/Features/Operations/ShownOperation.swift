import Core

/// An operation as people and JSON see it; what its notes may hold of a secret stays inside.
struct ShownOperation: Encodable, Sendable {
    struct Step: Encodable, Sendable {
        var name: String
        var isDone: Bool
        /// What becomes of the operation when its owner dies here.
        var orphaned: String

        var state: String { isDone ? "done" : "begun" }
    }

    var id: Int64
    var app: String?
    /// What it is about where that is no app: `postgres db`.
    var service: String?
    var kind: String
    var summary: String
    var by: String
    /// The step begun last.
    var step: String?
    /// `running`, `frozen` (its owner is stopped), `orphaned` (its owner is dead), `finished` or `undone`.
    var state: String
    var startedAt: String
    var endedAt: String?
    var owner: String
    /// What becomes of it when its owner dies, while it runs.
    var fate: String?
    var failure: String?
    var notes: [String: String]
    var steps: [Step]

    static let shape = JSONShape.object([
        "id": .number, "app": .optional(.text), "service": .optional(.text), "kind": .text, "summary": .text,
        "by": .text, "step": .optional(.text), "state": .text, "startedAt": .text, "endedAt": .optional(.text),
        "owner": .text, "fate": .optional(.text),
        "failure": .optional(.text), "notes": .map(.text),
        "steps": .list(.object(["name": .text, "isDone": .boolean, "orphaned": .text])),
    ])

    /// Notes that never hold a value of anybody's configuration; the others are shown by name alone.
    private static let plain: Set = ["branch", "release", "same", "scale", "draft", "source", "template"]

    /// Apps and services by the ids that operations know them by.
    struct Names: Sendable {
        let apps: [AppID: AppName]
        let services: [AppID: String]

        init(on host: Host) async throws {
            apps = Dictionary(uniqueKeysWithValues: try await Apps(on: host).list().map { ($0.id, $0.name) })
            services = Dictionary(uniqueKeysWithValues: try await Services(on: host).all().map { ($0.id, $0.title) })
        }
    }

    /// As a table names it.
    var about: String { app ?? service ?? "(gone)" }

    init(_ operation: Operation, _ names: Names) {
        let kind = Features.operationKinds.first { $0.name == operation.kind }
        let isRunning = operation.status == .running
        id = operation.id
        app = operation.subject.flatMap { names.apps[$0] }?.text
        service = app == nil ? operation.app.flatMap { names.services[$0] } : nil
        self.kind = operation.kind
        summary = operation.summary
        by = operation.caller
        step = operation.steps.last?.name
        startedAt = operation.startedAt.text
        endedAt = operation.endedAt?.text
        failure = operation.failure
        notes = Dictionary(
            uniqueKeysWithValues: operation.notes.filter { !$0.value.isEmpty }
                .map { ($0.key, Self.plain.contains($0.key) ? $0.value : "******") }
        )
        steps = operation.steps.map { step in
            let rule = kind?.steps.first { $0.name == step.name }?.orphan
            return Step(name: step.name, isDone: step.isDone, orphaned: rule?.words ?? "")
        }
        fate = isRunning ? kind?.fate(of: operation).words : nil
        let process = operation.owner.process
        guard isRunning else {
            (state, owner) = (operation.status.rawValue, "process \(process)")
            return
        }
        switch operation.owner.liveness {
        case .alive: (state, owner) = ("running", "process \(process), alive")
        case .frozen: (state, owner) = ("frozen", "process \(process), stopped by a signal or a terminal")
        case .dead: (state, owner) = ("orphaned", "process \(process), dead")
        }
    }
}
