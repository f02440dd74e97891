import Core

/// A text with actions in it, in the part of Go's template language that nginx.conf.sigil files use.
///
/// What it may do is bounded: it reads nothing but the variables it is given, and stops after a million steps.
struct Template: Sendable {
    private let nodes: [TemplateNode]

    /// - Throws: ``TemplateError``.
    init(_ text: String) throws(TemplateError) {
        var parser = try TemplateParser(text)
        nodes = try parser.nodes()
    }

    struct Outcome: Equatable, Sendable {
        var text: String
        /// For each line of the text, the line of the template it came from.
        var lines: [Int]
    }

    /// - Parameters:
    ///   - variables: What `.NAME` is.
    ///   - declares: Whether `$NAME` is the same, as the program `sigil` has it.
    /// - Returns: The text, and where its lines come from.
    /// - Throws: ``TemplateError``.
    func rendered(_ variables: [String: String], declares: Bool = false) throws(TemplateError) -> Outcome {
        var run = TemplateRun(root: .table(variables.mapValues { .text($0) }))
        if declares { run.declare(variables) }
        _ = try run.carryOut(nodes, run.root)
        return Template.Outcome(text: run.text, lines: run.lines)
    }
}

/// One rendering.
private struct TemplateRun {
    let root: TemplateValue
    var text = ""
    var lines = [0]
    private var variables: [(name: String, value: TemplateValue)] = []
    private var steps = 0

    private static let mostSteps = 1_000_000
    private static let mostBytes = 1 << 20

    init(root: TemplateValue) { self.root = root }

    mutating func declare(_ all: [String: String]) {
        variables += all.map { (name: $0.key, value: .text($0.value)) }
    }

    /// Whether a range is left, wholly or for its next turn.
    enum Way { case on, next, out }

    mutating func carryOut(_ nodes: [TemplateNode], _ dot: TemplateValue) throws(TemplateError) -> Way {
        let known = variables.count
        defer { variables.removeLast(variables.count - known) }
        for node in nodes {
            let way: Way
            switch node {
            case .text(let text, let line):
                try emit(text, line, rises: true)
                way = .on
            case .output(let pipeline):
                let value = try self.value(pipeline, dot)
                if pipeline.target == nil { try emit(value.printed, pipeline.line, rises: false) }
                way = .on
            case .choice(let pipeline, let movesDot, let first, let other):
                let inside = variables.count
                let value = try self.value(pipeline, dot)
                way = try carryOut(value.isTrue ? first : other, movesDot && value.isTrue ? value : dot)
                variables.removeLast(variables.count - inside)
            case .range(let pipeline, let key, let name, let first, let other):
                way = try goThrough(try value(pipeline, dot), pipeline.line, (key, name), first, other, dot)
            case .leave(let isWhole, let line):
                try count(line)
                way = isWhole ? .out : .next
            }
            if way != .on { return way }
        }
        return .on
    }

    private mutating func goThrough(
        _ value: TemplateValue,
        _ line: Int,
        _ names: (key: String?, value: String?),
        _ first: [TemplateNode],
        _ other: [TemplateNode],
        _ dot: TemplateValue
    ) throws(TemplateError) -> Way {
        let items: [(TemplateValue, TemplateValue)]
        switch value {
        case .none: items = []
        case .list(let list): items = list.enumerated().map { (.number($0.offset), $0.element) }
        case .table(let table): items = table.sorted { $0.key < $1.key }.map { (.text($0.key), $0.value) }
        default: throw TemplateError(line: line, reason: "range goes through lists, not through \(value.kind)")
        }
        if items.isEmpty { return try carryOut(other, dot) }
        for (key, item) in items {
            try count(line)
            let known = variables.count
            if let name = names.key { variables.append((name, key)) }
            if let name = names.value { variables.append((name, item)) }
            let way = try carryOut(first, item)
            variables.removeLast(variables.count - known)
            if way == .out { break }
        }
        return .on
    }

    private mutating func value(_ pipeline: TemplatePipeline, _ dot: TemplateValue) throws(TemplateError)
        -> TemplateValue
    {
        var result: TemplateValue?
        for command in pipeline.commands { result = try value(command, dot, piped: result, pipeline.line) }
        let value = result ?? .none
        guard let name = pipeline.target else { return value }
        if pipeline.declares {
            variables.append((name, value))
        } else {
            guard let index = variables.lastIndex(where: { $0.name == name }) else {
                throw TemplateError(line: pipeline.line, reason: "$\(name) is set before it is declared with :=")
            }
            variables[index].value = value
        }
        return value
    }

    private mutating func value(
        _ command: [TemplateOperand],
        _ dot: TemplateValue,
        piped: TemplateValue?,
        _ line: Int
    ) throws(TemplateError) -> TemplateValue {
        try count(line)
        guard case .function(let name) = command[0] else {
            guard piped == nil else { throw TemplateError(line: line, reason: "only a function can stand behind |") }
            return try value(command[0], dot, line)
        }
        var given: [TemplateValue] = []
        for operand in command.dropFirst() {
            let next = try value(operand, dot, line)
            // Go evaluates no further than it must.
            if name == "and" && !next.isTrue || name == "or" && next.isTrue { return next }
            given.append(next)
        }
        if let piped { given.append(piped) }
        if name == "var" { return try field(given.first?.printed ?? "", of: root, line) }
        do { return try TemplateFunctions.call(name, given) } catch {
            throw TemplateError(line: line, reason: error.reason)
        }
    }

    private mutating func value(_ operand: TemplateOperand, _ dot: TemplateValue, _ line: Int) throws(TemplateError)
        -> TemplateValue
    {
        switch operand {
        case .literal(let value): return value
        case .dot(let names): return try fields(names, of: dot, line)
        case .variable("", let names): return try fields(names, of: root, line)
        case .variable(let name, let names):
            guard let found = variables.last(where: { $0.name == name }) else {
                throw TemplateError(line: line, reason: "$\(name) is not known here")
            }
            return try fields(names, of: found.value, line)
        case .function: return try value([operand], dot, piped: nil, line)
        case .group(let pipeline, let names): return try fields(names, of: try value(pipeline, dot), line)
        }
    }

    private func fields(_ names: [String], of value: TemplateValue, _ line: Int) throws(TemplateError) -> TemplateValue
    {
        var result = value
        for name in names { result = try field(name, of: result, line) }
        return result
    }

    private func field(_ name: String, of value: TemplateValue, _ line: Int) throws(TemplateError) -> TemplateValue {
        switch value {
        case .none: return .none
        case .table(let table): return table[name] ?? .none
        default:
            throw TemplateError(line: line, reason: ".\(name) is asked of \(value.kind); inside range use $.\(name)")
        }
    }

    private mutating func count(_ line: Int) throws(TemplateError) {
        steps += 1
        guard steps <= Self.mostSteps else { throw TemplateError(line: line, reason: "the template does not end") }
    }

    private mutating func emit(_ piece: String, _ line: Int, rises: Bool) throws(TemplateError) {
        try count(line)
        text += piece
        guard text.utf8.count <= Self.mostBytes else {
            throw TemplateError(line: line, reason: "the template makes more than a megabyte")
        }
        var line = line
        for byte in piece.utf8 {
            if lines[lines.count - 1] == 0, byte > 32 { lines[lines.count - 1] = line }
            guard byte == UInt8(ascii: "\n") else { continue }
            if lines[lines.count - 1] == 0 { lines[lines.count - 1] = line }
            lines.append(0)
            if rises { line += 1 }
        }
    }
}
