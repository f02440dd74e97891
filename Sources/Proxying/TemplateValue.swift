/// What an expression of a template is worth.
enum TemplateValue: Equatable, Sendable {
    case none
    case text(String)
    case number(Int)
    case truth(Bool)
    case list([TemplateValue])
    case table([String: TemplateValue])

    /// Go's rule: what is empty or zero is false.
    var isTrue: Bool {
        switch self {
        case .none: false
        case .text(let text): !text.isEmpty
        case .number(let number): number != 0
        case .truth(let truth): truth
        case .list(let list): !list.isEmpty
        case .table(let table): !table.isEmpty
        }
    }

    /// As Go prints it; what is not there is nothing, instead of Go's `<no value>`.
    var printed: String {
        switch self {
        case .none: ""
        case .text(let text): text
        case .number(let number): "\(number)"
        case .truth(let truth): "\(truth)"
        case .list(let list): "[\(list.map(\.printed).joined(separator: " "))]"
        case .table(let table):
            "map[\(table.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value.printed)" }.joined(separator: " "))]"
        }
    }

    /// As messages name it.
    var kind: String {
        switch self {
        case .none: "nothing"
        case .text: "a text"
        case .number: "a number"
        case .truth: "true or false"
        case .list: "a list"
        case .table: "a table"
        }
    }
}

/// What is wrong with a template, and where.
struct TemplateError: Error, Equatable, Sendable {
    var line: Int
    var reason: String
}

/// The same without a line, where only the caller knows it.
struct TemplateFault: Error, Equatable {
    var reason: String

    init(_ reason: String) { self.reason = reason }
}
