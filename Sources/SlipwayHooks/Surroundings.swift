import Glibc
import Synchronization

/// What a hook is given and where its words go; a value, so that a test can put its own in place.
struct Surroundings: Sendable {
    var arguments: [String]
    var variable: @Sendable (String) -> String?
    /// Writes text to standard output (1) or standard error (2).
    var write: @Sendable (Int32, String) -> Void
    /// Ends the program; in a test it comes back.
    var end: @Sendable (Int32) -> Void
    /// Hears of each moment that the program has something for.
    var note: @Sendable (String) -> Void

    static let live = Surroundings(
        arguments: Array(CommandLine.arguments.dropFirst()),
        variable: { name in getenv(name).map { String(cString: $0) } },
        write: { descriptor, text in writeAll(descriptor, text) },
        end: { status in exit(status) },
        note: { name in Watch.heard(name) }
    )
}

/// Says it when a program was started for a moment that it has nothing for: nobody would notice otherwise.
private enum Watch {
    private static let known = Mutex<[String]>([])

    static func heard(_ name: String) {
        let isFirst = known.withLock { names in
            names.append(name)
            return names.count == 1
        }
        if isFirst { atexit { Watch.check() } }
    }

    private static func check() {
        guard let trigger = hook.trigger else { return }
        let names = known.withLock { $0 }
        guard !names.contains(trigger) else { return }
        hook.warn("this hook was run at \(trigger) and has something for \(names.joined(separator: ", ")) alone")
    }
}

/// Writes all of a text, however often the system takes only a part.
func writeAll(_ descriptor: Int32, _ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return }
        bytes = bytes.dropFirst(count)
    }
}
