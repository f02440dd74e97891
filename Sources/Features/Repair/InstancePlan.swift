import Core
import Engine
import Scheduling

/// What the rows of one app ask of the scheduler, and what of it is not so.
///
/// Only what carries our label is ever handed in, so nothing foreign can come out.
struct InstancePlan: Sendable, Equatable {
    /// Ours by their label, and of no row.
    var strays: [ScheduledInstance] = []
    /// Rows of newcomers whose operation is over.
    var unowned: [Instance] = []
    /// Rows without a container.
    var absent: [Instance] = []
    /// Rows whose container is of another image or at another address.
    var wrong: [Instance] = []
    /// Rows whose container does not run.
    var down: [Instance] = []
    /// They run, though the app was stopped on purpose.
    var unwanted: [Instance] = []
    /// As they should be; the scheduler starting one again counts.
    var up: [Instance] = []

    /// Nothing to do.
    init() {}

    /// - Parameters:
    ///   - app: Whose.
    ///   - rows: All instances of the app.
    ///   - containers: All that carry the app's label, listed before the rows were read.
    ///   - images: The image of each release by its number.
    ///   - operations: Those that are not over.
    init(
        _ app: App,
        rows: [Instance],
        containers: [ScheduledInstance],
        images: [Int: String],
        operations: Set<Int64>
    ) {
        let found = Dictionary(containers.map { ($0.handle, $0) }) { first, _ in first }
        let known = Dictionary(rows.map { ($0.id, $0) }) { first, _ in first }
        strays = containers.filter { Self.isStray($0, known, operations) }
        unowned = rows.filter { $0.state == .starting && !operations.contains($0.operation) }
        guard app.current != nil else { return }
        for row in rows where row.state == .live {
            let container = row.handle.flatMap { found[$0] }
            switch container {
            case _ where app.isStopped:
                if let container, container.mode != .down { unwanted.append(row) }
            case nil: absent.append(row)
            case let container? where !Self.isRight(container, row, images): wrong.append(row)
            case let container?:
                if container.mode == .down || container.mode == .paused { down.append(row) } else { up.append(row) }
            }
        }
    }

    /// What repair starts or makes again.
    var revived: [Instance] { absent + wrong + down }

    var isEmpty: Bool { strays.isEmpty && unowned.isEmpty && revived.isEmpty && unwanted.isEmpty }

    /// nginx must not send anybody to some of the app's instances.
    var holdsBack: Bool { revived.contains { $0.type == .web } }

    /// Who dies too often is started by whoever supervises it, when its time has come.
    mutating func leave(to held: Set<String>) {
        down.removeAll { held.contains($0.id) }
    }

    private static func isStray(
        _ container: ScheduledInstance,
        _ rows: [String: Instance],
        _ operations: Set<Int64>
    ) -> Bool {
        guard let row = container.labels[Instance.label].flatMap({ rows[$0] }) else {
            return Self.isAbandoned(container, operations)
        }
        // Made a second time by a process that died before it could write down the handle.
        return row.handle != container.handle && !operations.contains(row.operation)
    }

    /// Made by us for an operation that is over.
    ///
    /// What somebody runs from an image of ours carries our label too, but was made for none, and a program beside the
    /// app is left to whoever runs it.
    static func isAbandoned(_ container: ScheduledInstance, _ operations: Set<Int64>) -> Bool {
        if OneOff.isOne(container.labels) { return false }
        guard let operation = container.labels[Operation.label].flatMap({ Int64($0) }) else { return false }
        return !operations.contains(operation)
    }

    private static func isRight(_ container: ScheduledInstance, _ row: Instance, _ images: [Int: String]) -> Bool {
        guard container.labels[Instance.label] == row.id, container.address == row.address else { return false }
        guard let image = images[row.release] else { return true }
        return container.images.contains(image)
    }
}

extension InstancePlan {
    /// In words, each with what is done about it.
    ///
    /// - Parameters:
    ///   - app: Whose.
    ///   - lost: Numbers of releases whose image is gone.
    /// - Returns: One for each thing that is not so.
    func differences(_ app: App, lost: Set<Int>) -> [Difference] {
        func revival(_ row: Instance, _ fact: String, _ words: String) -> Difference {
            let cure: Difference.Cure =
                lost.contains(row.release)
                ? .ask(AppCase.rebuild(app)) : .mend(words)
            return Difference(app, .instance, "\(row.name) \(fact)", cure, target: row.id)
        }
        return strays.map {
            Difference(
                app,
                .stray,
                "container \($0.name) belongs to no instance",
                .mend("remove it"),
                target: $0.handle
            )
        }
            + unowned.map {
                Difference(
                    app,
                    .instance,
                    "the row of \($0.name) of v\($0.release) has no operation",
                    .mend("forget it"),
                    target: $0.id
                )
            } + absent.map { revival($0, "has no container", "make it again from v\($0.release)") }
            + wrong.map { revival($0, "is not of v\($0.release) or not at \($0.address)", "make it again") }
            + down.map { Difference(app, .instance, "\($0.name) does not run", .mend("start it"), target: $0.id) }
            + unwanted.map {
                Difference(app, .instance, "\($0.name) runs, and the app is stopped", .mend("stop it"), target: $0.id)
            }
    }
}
