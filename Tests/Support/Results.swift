import FoundationEssentials

/// What a story measured, for `build/soak.json`.
package enum Results {
    /// Writes the values under the story's name; does nothing where nobody collects.
    package static func record(_ story: String, _ values: some Encodable) throws {
        guard let folder = Sandbox.environment["SLIPWAY_RESULTS"], !folder.isEmpty else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        try encoder.encode(values).write(to: URL(filePath: "\(folder)/\(story).json"))
    }
}
