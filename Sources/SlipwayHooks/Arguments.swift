/// What a hook was called with, taken one by one.
public struct Arguments {
    private var rest: ArraySlice<String>
    private let facts: MomentFacts

    init(_ all: [String], of facts: MomentFacts) {
        rest = all[...]
        self.facts = facts
    }

    mutating func text() throws -> String {
        guard let first = rest.popFirst() else {
            throw Refusal("\(facts.name) was called with too few arguments; it is \(facts.usage)")
        }
        return first
    }

    /// Nil where it is empty.
    mutating func textOrNil() throws -> String? {
        let text = try text()
        return text.isEmpty ? nil : text
    }

    mutating func number() throws -> Int {
        let text = try text()
        guard let number = Int(text) else {
            throw Refusal("\(facts.name) was called with \"\(text)\" for a number; it is \(facts.usage)")
        }
        return number
    }

    /// Nil where it is empty.
    mutating func numberOrNil() throws -> Int? {
        if rest.first?.isEmpty == true {
            rest.removeFirst()
            return nil
        }
        return try number()
    }

    mutating func app() throws -> App { App(try text()) }

    mutating func action() throws -> Action { Action(rawValue: try text()) }

    /// All that is left.
    mutating func all() -> [String] {
        defer { rest = [] }
        return Array(rest)
    }
}

/// What a hook is told at a moment.
public protocol HookEvent {
    /// Words for the arguments in their order.
    static var arguments: [String] { get }

    /// - Throws: ``Refusal`` for arguments that are not those of the moment.
    init(from arguments: inout Arguments) throws
}

/// What was done to something.
public struct Action: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    public static let set = Action(rawValue: "set")
    public static let unset = Action(rawValue: "unset")
    public static let clear = Action(rawValue: "clear")
    public static let add = Action(rawValue: "add")
    public static let remove = Action(rawValue: "remove")
    public static let reset = Action(rawValue: "reset")

    public var description: String { rawValue }
}
