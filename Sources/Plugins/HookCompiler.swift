package import SystemPackage

/// Makes a program of a hook that is written in Swift.
package struct HookCompiler: Sendable {
    /// The program made of a plugin's Swift file; made now if it is not there yet.
    package var program: @Sendable (Plugin, FilePath) async throws -> FilePath

    package init(program: @escaping @Sendable (Plugin, FilePath) async throws -> FilePath) { self.program = program }

    /// The compiler of this machine, where it has one.
    package static func live(_ hooks: SwiftHooks) -> HookCompiler {
        HookCompiler { plugin, path in try await hooks.program(of: path, in: plugin) }
    }

    /// A host where nothing can be made of Swift.
    package static let none = HookCompiler { plugin, path in throw SwiftHooks.noCompiler(plugin, path) }
}
