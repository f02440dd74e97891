import FoundationEssentials

/// A line of `operations --format json`.
package struct JournalEntry: Decodable, Sendable {
    package struct Step: Decodable, Sendable {
        package let name: String
        package let isDone: Bool
    }

    package let id: Int64
    package let app: String?
    package let kind: String
    package let step: String?
    package let state: String
    package let owner: String
    package let steps: [Step]

    /// The owner's, of `process 4711, alive`.
    package var process: Int32? {
        owner.split(separator: " ").dropFirst().first.flatMap { Int32($0.prefix { $0 != "," }) }
    }

    /// What runs first, then the latest.
    package static func all(_ sandbox: Sandbox) async throws -> [JournalEntry] {
        let listed = try await sandbox.slipway("operations", "--format", "json").succeeded("operations")
        return try JSONDecoder().decode([JournalEntry].self, from: Data(listed.bytes))
    }
}
