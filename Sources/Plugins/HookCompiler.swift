import Core
package import SystemPackage

/// Makes a program of a hook that is written in Swift.
package struct HookCompiler: Sendable {
    /// The program made of a plugin's Swift file; made now if it is not there yet.
    package var program: @Sendable (Plugin, FilePath) async throws -> FilePath

    package init(program: @escaping @Sendable (Plugin, FilePath) async throws -> FilePath) { self.program = program }

    /// A host where nothing can be made of Swift.
    package static let none = HookCompiler { plugin, path in
        throw Failure(
            .pluginFailed,
            "\(path) cannot be run",
            why: "the plugin \(plugin.name) has hooks in Swift, and there is no compiler for them here",
            fix: "install a Swift toolchain, or ship the compiled hooks with the plugin (slipway plugin:build)"
        )
    }
}
