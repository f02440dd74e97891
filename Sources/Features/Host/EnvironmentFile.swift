import Core
import Files
import Glibc
import SystemPackage

/// A file of variables for this program, as `/etc/default` has them: lines `KEY=VALUE`, with or without `export`.
///
/// No shell reads it: quotes are taken off as POSIX has them, and nothing is expanded.
struct EnvironmentFile: Sendable, Equatable {
    /// Variables of others that this program, or what it runs, listens to.
    private static let known: Set = [
        "NO_COLOR", "TZ", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
    ]
    /// What processes of ours tell each other, which no file may say.
    private static let inner: Set = ["SLIPWAY_APP_ID", "SLIPWAY_TOKEN", "SLIPWAY_CALLER"]

    /// In the order in which they stand; those that nobody here listens to are left out.
    let variables: [(name: String, value: String)]

    static func == (left: Self, right: Self) -> Bool {
        left.variables.elementsEqual(right.variables) { $0 == $1 }
    }

    /// - Throws: ``Failure`` with code ``FailureCode/malformed`` that names the file and the line.
    init(_ bytes: [UInt8], at path: FilePath) throws(Failure) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .malformed("\(path) is not text", fix: "write lines KEY=VALUE in UTF-8")
        }
        var found: [(name: String, value: String)] = []
        for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            var line = String(raw).trimmed
            if line.isEmpty || line.hasPrefix("#") { continue }
            if line.hasPrefix("export ") { line = String(line.dropFirst("export ".count)).trimmed }
            guard let mark = line.firstIndex(of: "="), let key = try? ConfigKey(String(line[..<mark])),
                let value = Self.value(line[line.index(after: mark)...])
            else {
                throw .malformed(
                    "\(path) has a mistake in line \(index + 1)",
                    fix: "write it as KEY=VALUE, a value with blanks in quotes"
                )
            }
            let name = key.text
            guard !Self.inner.contains(name) else { continue }
            if name.hasPrefix("SLIPWAY_") || name.hasPrefix("DOKKU_") || Self.known.contains(name) {
                found.append((name, value))
            }
        }
        variables = found
    }

    /// One word by POSIX quoting, and a comment behind it; nil for anything else.
    private static func value(_ text: Substring) -> String? {
        guard !text.isEmpty else { return "" }
        guard text.first?.isWhitespace == false else {
            return text.allSatisfy(\.isWhitespace) || text.drop(while: \.isWhitespace).first == "#" ? "" : nil
        }
        guard let words = try? ShellWords.split(String(text)), let value = words.first,
            value == cleaned(value, keepTabs: false)
        else { return nil }
        return words.count == 1 || words[1].hasPrefix("#") ? value : nil
    }
}

/// What files of this host say of the environment, before anything else is done.
package enum Surroundings {
    private static let common: [FilePath] = ["/etc/default/slipway", "/etc/default/dokku"]

    /// Supplies this process with the variables of `/etc/default` and of the root's own `slipwayrc`.
    ///
    /// - Throws: ``Failure`` when one of them cannot be read, is malformed, or could be written by others.
    package static func settle() throws {
        for path in common { try supply(path, owners: [0, Privileges.owner(of: Host.root)].compactMap(\.self)) }
        let root = Host.root
        // Who may not even enter the root is told so later, in better words.
        guard access(root.string, X_OK) == 0 else { return }
        try supply(root.appending("slipwayrc"), owners: [0, Privileges.owner(of: root)].compactMap(\.self))
    }

    private static func supply(_ path: FilePath, owners: [UInt32]) throws {
        for (name, value) in try read(path, owners: owners)?.variables ?? [] { Environment.supply(name, value) }
    }

    /// - Returns: Nil when there is no such file.
    static func read(_ path: FilePath, owners: [UInt32]) throws -> EnvironmentFile? {
        guard access(path.string, F_OK) == 0 else { return nil }
        let facts = try? path.stat()
        guard let facts, owners.contains(facts.userID.rawValue),
            facts.permissions.isDisjoint(with: [.groupWrite, .otherWrite])
        else {
            throw Failure(
                .notAllowed,
                "\(path) is not trusted",
                why: "its owner must be root or the user slipway, and nobody else may write it",
                fix: "chown root \(path) && chmod 644 \(path)"
            )
        }
        do {
            return try (readFile(path, limit: 64 << 10)).map { try EnvironmentFile($0, at: path) }
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(
                .disk,
                "\(path) cannot be read",
                why: Failure(error).why ?? "\(error)",
                fix: "chmod 644 \(path)"
            )
        }
    }
}
