import Core

/// A part of a template, as it is carried out.
indirect enum TemplateNode: Sendable {
    case text(String, line: Int)
    case output(TemplatePipeline)
    /// `with` moves the dot, `if` does not.
    case choice(TemplatePipeline, movesDot: Bool, [TemplateNode], [TemplateNode])
    case range(TemplatePipeline, key: String?, value: String?, [TemplateNode], [TemplateNode])
    case leave(isWhole: Bool, line: Int)
}

/// `$name := first | second`.
struct TemplatePipeline: Sendable {
    var line: Int
    /// Where the value goes; it is printed when there is none.
    var target: String?
    var declares = false
    /// Each a function with what it is given, or one operand.
    var commands: [[TemplateOperand]]
}

indirect enum TemplateOperand: Sendable {
    case literal(TemplateValue)
    case dot([String])
    case variable(String, [String])
    case function(String)
    case group(TemplatePipeline, [String])
}

/// Makes a tree of the pieces.
struct TemplateParser {
    private let pieces: [TemplatePiece]
    private var index = 0
    private var depth = 0

    init(_ text: String) throws(TemplateError) {
        var lexer = TemplateLexer(text)
        pieces = try lexer.pieces()
    }

    mutating func nodes() throws(TemplateError) -> [TemplateNode] {
        let (nodes, end) = try body(isInRange: false)
        if let end { throw TemplateError(line: end.line, reason: "{{\(end.word)}} closes nothing") }
        return nodes
    }

    /// What ended a body: `end` or `else`, with what stands behind it.
    private struct End {
        var word: String
        var rest: ArraySlice<TemplateToken>
        var line: Int
    }

    private mutating func body(isInRange: Bool) throws(TemplateError) -> ([TemplateNode], End?) {
        var nodes: [TemplateNode] = []
        while index < pieces.count {
            defer { index += 1 }
            switch pieces[index] {
            case .text(let text, let line): nodes.append(.text(text, line: line))
            case .action(let tokens, let line):
                guard case .word(let word) = tokens.first else {
                    nodes.append(.output(try pipeline(tokens[...], line)))
                    continue
                }
                let rest = tokens.dropFirst().drop { $0 == .space }
                switch word {
                case "end", "else": return (nodes, End(word: word, rest: rest, line: line))
                case "if", "with", "range":
                    index += 1
                    nodes.append(try block(word, rest, line, isInRange: isInRange || word == "range"))
                    index -= 1
                case "break", "continue":
                    guard isInRange else { throw TemplateError(line: line, reason: "{{\(word)}} is outside a range") }
                    nodes.append(.leave(isWhole: word == "break", line: line))
                case "define", "template", "block":
                    throw TemplateError(line: line, reason: "{{\(word)}} is not part of this template language")
                default: nodes.append(.output(try pipeline(tokens[...], line)))
                }
            }
        }
        return (nodes, nil)
    }

    private mutating func block(
        _ word: String,
        _ tokens: ArraySlice<TemplateToken>,
        _ line: Int,
        isInRange: Bool
    ) throws(TemplateError) -> TemplateNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 50 else { throw TemplateError(line: line, reason: "blocks are nested too deeply") }
        var (key, value): (String?, String?)
        var tokens = tokens
        if word == "range" { (key, value) = names(&tokens) }
        let subject = try pipeline(tokens, line)
        let (first, end) = try body(isInRange: isInRange)
        guard let end else { throw TemplateError(line: line, reason: "{{\(word)}} has no {{end}}") }
        let other = end.word == "else" ? try otherwise(word, end, isInRange: isInRange) : []
        if word == "range" { return .range(subject, key: key, value: value, first, other) }
        return .choice(subject, movesDot: word == "with", first, other)
    }

    /// `else` alone, or `else if ...`, which shares the `end` of what it belongs to.
    private mutating func otherwise(
        _ word: String,
        _ end: End,
        isInRange: Bool
    ) throws(TemplateError) -> [TemplateNode] {
        if case .word(let next) = end.rest.first {
            guard next == "if" || next == "with" else {
                throw TemplateError(line: end.line, reason: "{{else \(next)}} is not known")
            }
            return [try block(next, end.rest.dropFirst().drop { $0 == .space }, end.line, isInRange: isInRange)]
        }
        guard end.rest.isEmpty else { throw TemplateError(line: end.line, reason: "{{else}} takes nothing") }
        let (nodes, last) = try body(isInRange: isInRange)
        guard let last, last.word == "end" else {
            throw TemplateError(line: last?.line ?? end.line, reason: "{{\(word)}} has no {{end}}")
        }
        return nodes
    }

    /// `$value :=` or `$key, $value :=` in front of what is gone through.
    private func names(_ tokens: inout ArraySlice<TemplateToken>) -> (String?, String?) {
        guard let mark = tokens.firstIndex(of: .declare) else { return (nil, nil) }
        let names = tokens[..<mark].compactMap { if case .variable(let name) = $0 { name } else { nil } }
        let others = tokens[..<mark].filter { if case .variable = $0 { false } else { $0 != .space && $0 != .comma } }
        guard others.isEmpty, names.count == 1 || names.count == 2 else { return (nil, nil) }
        tokens = tokens[(mark + 1)...].drop { $0 == .space }
        return names.count == 2 ? (names[0], names[1]) : (nil, names[0])
    }

    private func pipeline(_ tokens: ArraySlice<TemplateToken>, _ line: Int) throws(TemplateError) -> TemplatePipeline {
        var reader = TemplatePipelineReader(tokens: tokens, line: line)
        let pipeline = try reader.pipeline()
        guard reader.tokens.isEmpty else { throw TemplateError(line: line, reason: "the action is not understood") }
        return pipeline
    }
}

/// Reads one pipeline.
private struct TemplatePipelineReader {
    var tokens: ArraySlice<TemplateToken>
    let line: Int
    var depth = 0

    mutating func pipeline() throws(TemplateError) -> TemplatePipeline {
        skipSpace()
        var result = TemplatePipeline(line: line, commands: [])
        if case .variable(let name) = tokens.first {
            let rest = tokens.dropFirst().drop { $0 == .space }
            if rest.first == .declare || rest.first == .assign {
                guard !name.isEmpty else { throw fault("$ alone cannot be set") }
                (result.target, result.declares) = (name, rest.first == .declare)
                tokens = rest.dropFirst()
            }
        }
        repeat { result.commands.append(try command()) } while take(.pipe)
        return result
    }

    private mutating func command() throws(TemplateError) -> [TemplateOperand] {
        var operands: [TemplateOperand] = []
        while true {
            skipSpace()
            guard let token = tokens.first, token != .pipe, token != .close else { break }
            operands.append(try operand())
        }
        guard let first = operands.first else { throw fault("something is missing in the action") }
        if operands.count > 1 {
            guard case .function = first else { throw fault("only a function takes arguments") }
        }
        return operands
    }

    private mutating func operand() throws(TemplateError) -> TemplateOperand {
        switch tokens.popFirst() {
        case .text(let text): return .literal(.text(text))
        case .number(let number): return .literal(.number(number))
        case .word("true"): return .literal(.truth(true))
        case .word("false"): return .literal(.truth(false))
        case .word("nil"): return .literal(.none)
        case .word(let name): return .function(name)
        case .dot: return .dot([])
        case .field(let name): return .dot([name] + fields())
        case .variable(let name): return .variable(name, fields())
        case .open:
            depth += 1
            defer { depth -= 1 }
            guard depth <= 50 else { throw fault("brackets are nested too deeply") }
            let inner = try pipeline()
            skipSpace()
            guard take(.close) else { throw fault("a bracket is not closed") }
            return .group(inner, fields())
        default: throw fault("the action is not understood")
        }
    }

    private mutating func fields() -> [String] {
        var names: [String] = []
        while case .field(let name) = tokens.first {
            names.append(name)
            tokens = tokens.dropFirst()
        }
        return names
    }

    private mutating func take(_ token: TemplateToken) -> Bool {
        skipSpace()
        guard tokens.first == token else { return false }
        tokens = tokens.dropFirst()
        return true
    }

    private mutating func skipSpace() { while tokens.first == .space { tokens = tokens.dropFirst() } }

    private func fault(_ reason: String) -> TemplateError { TemplateError(line: line, reason: reason) }
}
