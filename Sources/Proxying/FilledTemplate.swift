package import Core

/// A template of a plugin, filled by the rules of nginx.conf.sigil files.
package enum FilledTemplate {
    /// - Parameters:
    ///   - text: Where `.NAME`, `$.NAME` and `$NAME` stand for variables.
    ///   - path: What messages call it.
    ///   - variables: By their names.
    /// - Returns: The text.
    /// - Throws: ``Failure`` with code ``FailureCode/malformed`` that names the line.
    package static func text(_ text: String, of path: String, _ variables: [String: String]) throws(Failure) -> String {
        do {
            return try Template(text).rendered(variables, declares: true).text
        } catch {
            throw .malformed("\(quoted(path)) line \(error.line): \(error.reason)")
        }
    }
}
