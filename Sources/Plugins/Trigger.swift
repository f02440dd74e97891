package import Core

/// A moment of an app's life at which plugins act; its name is that of the executable that takes part.
///
/// Every trigger is declared once, as a row of ``Trigger/all``: the page of triggers, `plugin:triggers`, the samples in
/// `plugins/example/` and what the tests demand are made from these rows. Names, places of arguments, standard input
/// and what is taken from standard output are Dokku's wherever it has the same moment. What differs: values of
/// variables are never passed, because every user of the machine can read the arguments of a process.
package struct Trigger: Sendable, Hashable {
    package var name: String
    /// Words for the hook's arguments in their order; dots mean any number of the last, brackets that it may be absent.
    package var arguments: [String]
    package var answer: Answer
    /// When it fires.
    package var when: String
    package var refusal: Refusal
    /// How long one hook may take.
    package var limit: Duration
    /// Another trigger that says the same and is to be used instead.
    package var successor: String?
    package var isDokkus: Bool

    /// What is taken from a hook's standard output.
    package enum Answer: Sendable, Hashable {
        /// The person sees it, line by line.
        case said
        /// The first line of all hooks together counts; the text says what it means.
        case value(String)
        /// Every line counts.
        case lines(String)
        /// All of it counts, cut into words as a shell cuts a line, without any expansion.
        case words(String)

        package var meaning: String? {
            switch self {
            case .said: nil
            case .value(let text), .lines(let text), .words(let text): text
            }
        }
    }

    /// What becomes of the command when a hook ends with another status than 0.
    package enum Refusal: Sendable, Hashable {
        /// It fails; the text says what has not happened then.
        case fails(String)
        /// It goes on, and the refusal is said.
        case isSaid

        package var words: String {
            switch self {
            case .fails(let consequence): consequence
            case .isSaid: "is only said: what happened stays"
            }
        }
    }

    init(
        _ name: String,
        _ arguments: [String],
        answer: Answer = .said,
        when: String,
        refusal: Refusal = .isSaid,
        limit: Duration = .seconds(300),
        successor: String? = nil,
        isDokkus: Bool = true
    ) {
        self.name = name
        self.arguments = arguments
        self.answer = answer
        self.when = when
        self.refusal = refusal
        self.limit = limit
        self.successor = successor
        self.isDokkus = isDokkus
    }

    /// A moment that a plugin has made up for others; what they say on standard output is handed to whoever fired it.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/malformed`` for a name that is none.
    package init(custom name: String) throws(Failure) {
        let isReserved = ["commands", "subcommands", "hooks", "functions", "plugin.toml", "service.toml"].contains(name)
        guard Plugin.isName(name), !isReserved, !name.hasSuffix(".swift") else {
            throw .malformed("\(quoted(name)) is no name of a trigger", fix: "slipway plugin:triggers lists ours")
        }
        self.init(name, [], answer: .lines(""), when: "", refusal: .fails(""), isDokkus: false)
    }

    /// `post-deploy APP PORT ADDRESS RELEASE`.
    package var usage: String { ([name] + arguments).joined(separator: " ") }

    /// The trigger of this name; nil for a word that is none.
    package static func named(_ name: String) -> Trigger? { byName[name] }

    private static let byName = Dictionary(all.map { ($0.name, $0) }) { first, _ in first }

    /// Every trigger, in the order of an app's life.
    package static let all: [Trigger] = lifeOfPlugins + access + lifeOfApps + builds + deploys + surroundings + host

    package static func == (one: Trigger, other: Trigger) -> Bool { one.name == other.name }

    package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
