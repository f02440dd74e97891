package import Core
import Files
import SystemPackage

extension Repositories {
    /// Names of the files that ``prepare(_:hookCommand:)`` would write: `config` and those of hooks.
    package func unprepared(_ app: AppID, hookCommand: [String: String]) throws -> [String] {
        let folder = path(of: app)
        var wrong: [String] = []
        if try readFile(folder.appending("config")) != Array(Self.configuration.utf8) { wrong.append("config") }
        for (name, text) in hookCommand.sorted(by: { $0.key < $1.key }) {
            let hook = folder.appending("hooks").appending(name)
            let mode = permissions(of: hook)
            if try readFile(hook) != Array(text.utf8) || mode?.contains(.ownerExecute) != true { wrong.append(name) }
        }
        return wrong
    }
}
