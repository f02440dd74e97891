import Core
import Glibc

/// The variables of this process, read and set in one place.
package enum Environment {
    package static func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// Whether `SLIPWAY_<name>`, or Dokku's variable of that name, says yes.
    package static func isOn(_ name: String) -> Bool {
        ["SLIPWAY_\(name)", "DOKKU_\(name)"].contains { ["1", "true", "on"].contains(value($0)) }
    }

    /// All of them.
    static var all: [String: String] {
        var all: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if let mark = text.firstIndex(of: "=") {
                all[String(text[..<mark])] = String(text[text.index(after: mark)...])
            }
            next += 1
        }
        return all
    }

    /// Gives a variable a value, unless it has one: who started this process knows better than a file.
    static func supply(_ name: String, _ value: String) { setenv(name, value, 0) }

    /// Takes away what a person must not say in a process's place.
    package static func forget(_ names: [String]) { for name in names { unsetenv(name) } }
}
