import Core
import FoundationEssentials

/// What a template may call: Go's own functions, and those of sigil that only work on texts.
///
/// Sigil's order of arguments: what comes through the pipe is the last.
enum TemplateFunctions {
    static func call(_ name: String, _ given: [TemplateValue]) throws(TemplateFault) -> TemplateValue {
        guard let function = table[name] else {
            throw TemplateFault(
                reading.contains(name)
                    ? "\(name) reads what is outside the template, which is not allowed here"
                    : "there is no function \(quoted(name))"
            )
        }
        guard function.count.contains(given.count) else {
            throw TemplateFault("\(name) is given \(given.count) values, it takes \(function.words)")
        }
        return try function.work(given)
    }

    static var names: [String] { (table.keys + ["var"]).sorted() }

    /// Functions of sigil that reach for files, programs and the network.
    private static let reading: Set = [
        "file", "text", "include", "render", "sh", "httpget", "stdin", "dir", "dirs", "files", "exists", "pointer",
    ]

    private struct Function: Sendable {
        var count: ClosedRange<Int>
        var work: @Sendable ([TemplateValue]) throws(TemplateFault) -> TemplateValue

        var words: String {
            count.upperBound == .max
                ? "at least \(count.lowerBound)"
                : count.count == 1 ? "\(count.lowerBound)" : "\(count.lowerBound) to \(count.upperBound)"
        }
    }

    private typealias Work = @Sendable ([TemplateValue]) throws(TemplateFault) -> TemplateValue

    private static func take(_ count: Int, _ work: @escaping Work) -> Function {
        Function(count: count...count, work: work)
    }
    private static func some(_ least: Int, _ work: @escaping Work) -> Function {
        Function(count: least...(.max), work: work)
    }

    private static let table: [String: Function] = logic.merging(texts) { $1 }.merging(lists) { $1 }

    private static let logic: [String: Function] = [
        "and": some(1) { ($0.first { !$0.isTrue } ?? $0[$0.count - 1]) },
        "or": some(1) { ($0.first { $0.isTrue } ?? $0[$0.count - 1]) },
        "not": take(1) { .truth(!$0[0].isTrue) },
        "eq": some(2) { (given) throws(TemplateFault) in
            for other in given.dropFirst() where try same(given[0], other) { return .truth(true) }
            return .truth(false)
        },
        "ne": take(2) { (given) throws(TemplateFault) in .truth(!(try same(given[0], given[1]))) },
        "lt": take(2) { (given) throws(TemplateFault) in .truth(try isLess(given[0], given[1])) },
        "gt": take(2) { (given) throws(TemplateFault) in .truth(try isLess(given[1], given[0])) },
        "le": take(2) { (given) throws(TemplateFault) in .truth(!(try isLess(given[1], given[0]))) },
        "ge": take(2) { (given) throws(TemplateFault) in .truth(!(try isLess(given[0], given[1]))) },
        "default": take(2) { $0[1].isTrue ? $0[1] : $0[0] },
    ]

    private static let texts: [String: Function] = [
        "lower": take(1) { .text($0[0].printed.lowercased()) },
        "upper": take(1) { .text($0[0].printed.uppercased()) },
        "capitalize": take(1) { .text($0[0].printed.prefix(1).uppercased() + $0[0].printed.dropFirst()) },
        "trim": take(1) { .text($0[0].printed.trimmed) },
        "replace": take(3) { (given) throws(TemplateFault) in
            let old = given[0].printed
            guard !old.isEmpty else { throw TemplateFault("replace is given nothing to look for") }
            return .text(given[2].printed.replacing(old, with: given[1].printed))
        },
        "indent": take(2) { given in
            let lines = given[1].printed.split(separator: "\n", omittingEmptySubsequences: false)
            return .text(lines.map { $0.isEmpty ? "" : given[0].printed + $0 }.joined(separator: "\n"))
        },
        "hasPrefix": take(2) { .truth($0[1].printed.hasPrefix($0[0].printed)) },
        "hasSuffix": take(2) { .truth($0[1].printed.hasSuffix($0[0].printed)) },
        "contains": take(2) { given in
            if case .list(let list) = given[1] { return .truth(list.contains(given[0])) }
            return .truth(given[0].printed.isEmpty || given[1].printed.contains(given[0].printed))
        },
        "base64enc": take(1) { .text(Data($0[0].printed.utf8).base64EncodedString()) },
        "print": some(0) { .text($0.map(\.printed).joined()) },
        "println": some(0) { .text($0.map(\.printed).joined(separator: " ") + "\n") },
        "printf": some(1) { (given) throws(TemplateFault) in
            .text(try formatted(given[0].printed, Array(given.dropFirst())))
        },
    ]

    private static let lists: [String: Function] = [
        "split": take(2) { given in
            let (mark, text) = (given[0].printed, given[1].printed)
            if mark.isEmpty { return .list(text.map { .text(String($0)) }) }
            return .list(parts(text, mark).map { .text($0) })
        },
        "splitkv": take(2) { (given) throws(TemplateFault) in
            guard case .list(let list) = given[1] else { throw TemplateFault("splitkv takes a list") }
            var table: [String: TemplateValue] = [:]
            for item in list {
                let pair = parts(item.printed, given[0].printed)
                table[pair[0]] = .text(pair.dropFirst().joined(separator: given[0].printed))
            }
            return .table(table)
        },
        "join": take(2) { (given) throws(TemplateFault) in
            guard case .list(let list) = given[1] else { throw TemplateFault("join takes a list") }
            return .text(list.map(\.printed).joined(separator: given[0].printed))
        },
        "index": some(2) { (given) throws(TemplateFault) in
            var value = given[0]
            for key in given.dropFirst() { value = try element(key, of: value) }
            return value
        },
        "len": take(1) { (given) throws(TemplateFault) in
            switch given[0] {
            case .text(let text): return .number(text.utf8.count)
            case .list(let list): return .number(list.count)
            case .table(let table): return .number(table.count)
            default: throw TemplateFault("\(given[0].kind) has no length")
            }
        },
        "uniq": take(1) { (given) throws(TemplateFault) in
            guard case .list(let list) = given[0] else { throw TemplateFault("uniq takes a list") }
            return .list(list.reduce(into: []) { if !$0.contains($1) { $0.append($1) } })
        },
        "append": take(2) { (given) throws(TemplateFault) in
            guard case .list(let list) = given[1] else { throw TemplateFault("append takes a list") }
            return .list(list + [given[0]])
        },
        "drop": take(2) { (given) throws(TemplateFault) in
            guard case .list(let list) = given[1] else { throw TemplateFault("drop takes a list") }
            return .list(list.filter { $0 != given[0] })
        },
        "seq": take(1) { (given) throws(TemplateFault) in
            guard let count = Int(given[0].printed), (0...10_000).contains(count) else {
                throw TemplateFault("seq takes a number up to 10000")
            }
            return .list((0..<count).map { .text("\($0)") })
        },
    ]

    private static func parts(_ text: String, _ mark: String) -> [String] {
        guard !mark.isEmpty else { return [text] }
        var result: [String] = []
        var rest = text[...]
        while let found = rest.firstRange(of: mark) {
            result.append(String(rest[..<found.lowerBound]))
            rest = rest[found.upperBound...]
        }
        return result + [String(rest)]
    }

    private static func same(_ left: TemplateValue, _ right: TemplateValue) throws(TemplateFault) -> Bool {
        switch (left, right) {
        // What is not set is like an empty text.
        case (.none, _), (_, .none): return !left.isTrue && !right.isTrue
        case (.text, .text), (.number, .number), (.truth, .truth): return left == right
        default: throw TemplateFault("\(left.kind) cannot be compared with \(right.kind)")
        }
    }

    private static func isLess(_ left: TemplateValue, _ right: TemplateValue) throws(TemplateFault) -> Bool {
        switch (left, right) {
        case (.number(let left), .number(let right)): return left < right
        case (.text(let left), .text(let right)): return left.utf8.lexicographicallyPrecedes(right.utf8)
        default: throw TemplateFault("\(left.kind) cannot be compared with \(right.kind)")
        }
    }

    private static func element(_ key: TemplateValue, of value: TemplateValue) throws(TemplateFault) -> TemplateValue {
        switch (value, key) {
        case (.list(let list), .number(let index)):
            guard list.indices.contains(index) else {
                throw TemplateFault("index \(index) is outside a list of \(list.count)")
            }
            return list[index]
        case (.table(let table), .text(let name)): return table[name] ?? .none
        default: throw TemplateFault("index takes a list and a number, or a table and a name")
        }
    }

    /// `%s %v %d %t %q %%`, each with an optional width.
    private static func formatted(_ format: String, _ given: [TemplateValue]) throws(TemplateFault) -> String {
        var (result, rest, values) = ("", format[...], given[...])
        while let character = rest.popFirst() {
            guard character == "%" else {
                result.append(character)
                continue
            }
            let flags = rest.prefix { "-0123456789".contains($0) }
            rest = rest.dropFirst(flags.count)
            guard let verb = rest.popFirst() else { throw TemplateFault("the format of printf ends with %") }
            if verb == "%" {
                result.append("%")
                continue
            }
            guard "svdtq".contains(verb) else { throw TemplateFault("printf does not know %\(verb)") }
            guard let value = values.popFirst() else { throw TemplateFault("printf has too few values") }
            let text = verb == "q" ? value.printed.inDoubleQuotes : value.printed
            let width = min(Int(flags.drop { $0 == "-" }) ?? 0, 1000)
            result += flags.hasPrefix("-") ? text.padded(to: width) : text.leftPadded(to: width)
        }
        guard values.isEmpty else { throw TemplateFault("printf has too many values") }
        return result
    }
}
