/// What a command answers to `--format json`, declared beside it: the keys people may rely on.
package indirect enum JSONShape: Sendable, Equatable {
    case text
    case number
    case boolean
    /// May be missing or null.
    case optional(JSONShape)
    case list(JSONShape)
    /// Exactly these keys.
    case object([String: JSONShape])
    /// Any keys, all with such values.
    case map(JSONShape)
    /// One or the other, by what else was asked for.
    case either(JSONShape, JSONShape)
    /// Whatever another program says of itself.
    case any

    /// As the page of commands shows it.
    package var words: String {
        switch self {
        case .text: "text"
        case .number: "number"
        case .boolean: "true or false"
        case .optional(let shape): "\(shape.words)?"
        case .list(let shape): "[\(shape.words)]"
        case .map(let shape): "{KEY: \(shape.words)}"
        case .object(let keys):
            "{\(keys.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.words)" }.joined(separator: ", "))}"
        case .either(let one, let other): "\(one.words) or \(other.words)"
        case .any: "anything"
        }
    }
}
