import ArgumentParser
package import Core
import Synchronization

/// Why words of a command line were not understood, in our own words: the argument parser has no place for a reason.
final class Complaints: Sendable {
    /// Those of the command line that is being parsed.
    @TaskLocal static var current: Complaints?

    private let all = Mutex<[Failure]>([])

    var first: Failure? { all.withLock(\.first) }

    /// Makes a value, or nil and keeps the reason.
    static func noting<Value>(_ make: () throws -> Value) -> Value? {
        do { return try make() } catch {
            current?.all.withLock { $0.append(Failure(error)) }
            return nil
        }
    }
}

extension ExpressibleByArgument where Self: CheckedText {
    init?(argument: String) {
        guard let value = Complaints.noting({ try Self(argument) }) else { return nil }
        self = value
    }
}

extension AppName: ExpressibleByArgument {}
extension ProcessType: ExpressibleByArgument {}
extension ConfigKey: ExpressibleByArgument {}

extension DomainName: ExpressibleByArgument {
    package init?(argument: String) {
        guard let value = Complaints.noting({ try Self(spoken: argument) }) else { return nil }
        self = value
    }
}

/// An app, or every app by `--global`.
package struct ScopeArgument: ParsableArguments {
    @Flag(name: .customLong("global"), help: "All apps instead of one") var isGlobal = false

    package init() {}
}
