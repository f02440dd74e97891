import Core

/// How the new instances of an app come up beside the old ones, or in their place.
///
/// Whatever it is, requests move once, when all newcomers are ready: no two releases ever answer side by side.
enum Strategy: Sendable, Equatable {
    case allAtOnce
    /// So many instances of a type at a time; the next ones begin when these are ready.
    case batches(Int)
    /// The old instances end before the new ones start.
    case stopFirst

    static let property = Property(
        "deploy-strategy",
        default: "all-at-once",
        "New instances: all-at-once, one-by-one, batches N, stop-first"
    ) { _ = try Strategy($0) }
    static let threshold = Property(
        "deploy-failure-threshold",
        default: "0",
        "How many of a type may fail and be made anew in a deploy",
        validate: Allowed.number(0...100)
    )
    static let properties = [property, threshold]

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(_ text: String) throws {
        let words = text.split(whereSeparator: { $0 == " " || $0 == ":" }).map(String.init)
        let count = words.count == 2 ? Int(words[1]) : nil
        switch (words.first, words.count, count ?? 0) {
        case ("all-at-once", 1, _): self = .allAtOnce
        case ("one-by-one", 1, _): self = .batches(1)
        case ("stop-first", 1, _): self = .stopFirst
        case ("batches", 2, 1...1000): self = .batches(count ?? 1)
        default:
            throw Failure.malformed(
                "\(quoted(text)) is not a way to deploy",
                fix: "use all-at-once, one-by-one, batches N (N from 1 to 1000) or stop-first"
            )
        }
    }

    /// How many instances of a type start side by side; nil is all of them.
    var atOnce: Int? {
        if case .batches(let count) = self { return count }
        return nil
    }
}
