/// The command that this program is: `subcommands/VERB.swift` answers to `slipway PLUGIN:VERB`.
public let command = Command(hook)

public struct Command: Sendable {
    let hook: Hook

    init(_ hook: Hook) { self.hook = hook }

    /// Does what the command is for, with the words that stand behind its name.
    ///
    /// What the body throws ends the program: with status 2 for wrong words, with 1 for everything else.
    public func run(_ body: (inout Words) throws -> Void) {
        do {
            var words = Words(hook.surroundings.arguments)
            try body(&words)
        } catch let error as Misuse {
            hook.fail(error, status: 2)
        } catch { hook.fail(error) }
    }
}

/// Words of a command, taken one by one.
public struct Words {
    /// As it was called: `hello:greet`.
    public let name: String
    private var rest: [String]

    init(_ all: [String]) {
        name = all.first ?? ""
        rest = Array(all.dropFirst())
    }

    /// Whether a flag stands anywhere; it is taken.
    public mutating func flag(_ name: String) -> Bool {
        guard let index = rest.firstIndex(of: name) else { return false }
        rest.remove(at: index)
        return true
    }

    /// The value of an option, given as `NAME VALUE` or `NAME=VALUE`; it is taken.
    public mutating func option(_ name: String) throws -> String? {
        guard let index = rest.firstIndex(where: { $0 == name || $0.hasPrefix(name + "=") }) else { return nil }
        let word = rest.remove(at: index)
        if word != name { return String(word.dropFirst(name.count + 1)) }
        guard index < rest.count else { throw Misuse("\(name) needs a value") }
        return rest.remove(at: index)
    }

    /// The next word.
    ///
    /// - Parameter meaning: What it is, for who left it out: `APP`.
    /// - Returns: The word; it is taken.
    /// - Throws: ``Misuse`` when there is none, or an option that nobody took.
    public mutating func next(_ meaning: String) throws -> String {
        guard let word = rest.first else { throw Misuse("\(name) needs \(meaning)") }
        guard !word.hasPrefix("--") else { throw Misuse("\(name) has no \(word)") }
        return rest.removeFirst()
    }

    /// The next word as the name of an app that is there.
    public mutating func app() throws -> App {
        let app = App(try next("the name of an app"))
        guard try app.exists else { throw Refusal("there is no app \(app)") }
        return app
    }

    /// All words that are left.
    public mutating func all() -> [String] {
        defer { rest = [] }
        return rest
    }

    public var isEmpty: Bool { rest.isEmpty }

    /// - Throws: ``Misuse`` when words are left.
    public func end() throws {
        if let word = rest.first { throw Misuse("\(name): \(word) is too much") }
    }
}

/// Words that are none of a command's.
public struct Misuse: Error, Equatable, CustomStringConvertible {
    public var words: String

    public init(_ words: String) { self.words = words }

    public var description: String { words }
}
