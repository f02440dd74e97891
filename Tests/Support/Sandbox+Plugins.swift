import Glibc
import Programs
package import SystemPackage

extension Sandbox {
    /// Installs the plugin in a folder, and takes it away afterwards whatever happened.
    package func withPlugin<Value>(_ folder: FilePath, _ work: () async throws -> Value) async throws -> Value {
        let name = folder.lastComponent?.string ?? ""
        _ = try? await slipway("plugin:uninstall", name)
        _ = try await slipway("plugin:install", folder.string).succeeded("plugin:install \(folder)")
        do {
            let value = try await work()
            _ = try await slipway("plugin:uninstall", name).succeeded("plugin:uninstall \(name)")
            return value
        } catch {
            _ = try? await slipway("plugin:uninstall", name)
            throw error
        }
    }

    /// Runs the daemon as long as `work` does.
    package func withServe<Value>(_ work: () async throws -> Value) async throws -> Value {
        let program = Program(
            binary,
            ["serve"],
            environment: .inherited(adding: ["SLIPWAY_ROOT": state.string])
        )
        let process = try Programs.live.detach(namespace?.entered(program) ?? program, folder.appending("serve.log"))
        defer { kill(process, SIGTERM) }
        return try await work()
    }
}
