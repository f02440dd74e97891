import Features

/// `docs/operations.md`, made from what the code says of itself.
enum OperationsPage {
    static let path = "docs/operations.md"
    private static let mark =
        "<!-- The tables below are made from the code: UPDATE_GOLDEN=1 swift test --filter HouseTests -->"

    /// The page with its tables made anew; what people wrote above the mark stays.
    static func made(from present: String) -> String {
        let head = present.firstRange(of: mark).map { String(present[..<$0.lowerBound]) } ?? present + "\n"
        return head + mark + "\n" + Features.operationKinds.sorted { $0.name < $1.name }.map(section).joined()
    }

    private static func section(_ kind: OperationKind) -> String {
        let rows = kind.steps.map { step in
            switch step.orphan {
            case .undone(let reason): "| `\(step.name)` | undone | \(reason) |\n"
            case .finished(let reason): "| `\(step.name)` | finished | \(reason) |\n"
            }
        }
        let head = "\n## \(kind.name)\n\n| died in | the operation is | because |\n|---|---|---|\n"
        return head + rows.joined()
    }
}
