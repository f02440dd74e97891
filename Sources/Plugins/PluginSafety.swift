package import SystemPackage

/// Whether what a plugin's file says may be done, for those who read one themselves.
package enum PluginSafety {
    /// - Parameters:
    ///   - path: The file.
    ///   - folder: The folder of all plugins; everything from it down to the file must be safe.
    /// - Throws: ``PluginError/unsafe(path:why:)`` when somebody else could write there.
    package static func check(_ path: FilePath, below folder: FilePath) throws {
        var step = path
        try Safety.demand(step, within: folder)
        while step != folder, step.starts(with: folder), step.removeLastComponent() { try Safety.demand(step) }
    }
}
