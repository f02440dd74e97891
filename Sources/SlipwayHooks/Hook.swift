import Glibc

/// The moment at which this program runs, and all it may ask and say.
///
/// `hook.on(.postDeploy) { event in hook.say("\(event.app) is live") }` is a whole hook.
public let hook = Hook(Surroundings.live)

public struct Hook: Sendable {
    let surroundings: Surroundings

    init(_ surroundings: Surroundings) { self.surroundings = surroundings }

    /// Does something at a moment: at once, when this program was started for it; else never.
    ///
    /// What the body throws ends the program with status 1, after its words were said: at a moment that can refuse, it
    /// refuses. What the body returns is the answer.
    public func on<Event: HookEvent, Answer>(_ moment: Moment<Event, Answer>, _ body: (Event) throws -> Answer) {
        surroundings.note(moment.facts.name)
        guard trigger == moment.facts.name else { return }
        let lines: [String]
        do {
            var arguments = Arguments(surroundings.arguments, of: moment.facts)
            lines = try moment.lines(body(Event(from: &arguments)))
            if let broken = lines.first(where: { $0.contains { $0.isNewline } }) {
                throw Refusal("an answer is one line, and this has more: \(broken)")
            }
        } catch { return fail(error) }
        if !lines.isEmpty { surroundings.write(1, lines.map { $0 + "\n" }.joined()) }
    }

    /// The name of the moment; nil in a command.
    public var trigger: String? { surroundings.variable("SLIPWAY_TRIGGER") }

    /// The name of this plugin.
    public var plugin: String { surroundings.variable("SLIPWAY_PLUGIN") ?? "" }

    /// Who asked for what is going on: the name of an ssh key, or a user of the host.
    public var caller: String { surroundings.variable("SLIPWAY_CALLER") ?? "" }

    /// The folder of this plugin.
    public var folder: String { surroundings.variable("SLIPWAY_PLUGIN_ROOT") ?? "." }

    /// The root of all state of slipway.
    public var root: String { surroundings.variable("SLIPWAY_ROOT") ?? "" }

    /// The app that this is about.
    ///
    /// - Throws: ``Refusal`` where it is about none.
    public var app: App {
        get throws {
            guard let name = surroundings.variable("SLIPWAY_APP") else { throw Refusal("this is about no app") }
            return App(name)
        }
    }

    /// What `[plugin.config]` of `plugin.toml` says of a name.
    public func setting(_ name: String) -> String? { surroundings.variable(name) }

    /// Says a line: to whoever waits for the command, or, where the answer is taken from standard output, beside it.
    public func say(_ text: String) { surroundings.write(answersOnOutput ? 2 : 1, text + "\n") }

    /// A step of some length begins.
    public func step(_ text: String) { say("-----> \(text)") }

    /// More about a step.
    public func detail(_ text: String) { say("       \(text)") }

    /// Something is not as it should be, and goes on.
    public func warn(_ text: String) { surroundings.write(2, " !     \(text)\n") }

    private var answersOnOutput: Bool {
        guard let trigger else { return false }
        return HookMoments.all.contains { $0.name == trigger && $0.answer != .said }
    }

    func fail(_ error: any Error, status: Int32 = 1) {
        surroundings.write(2, "\(error)\n")
        surroundings.end(status)
    }
}

/// Ends a hook or a command with words for the person who waits.
///
/// At a moment that can refuse (docs/triggers.md) what is going on fails with these words.
public struct Refusal: Error, Equatable, CustomStringConvertible {
    public var words: String

    public init(_ words: String) { self.words = words }

    public var description: String { words }
}
