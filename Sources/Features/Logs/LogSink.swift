import Core

/// Where a shipper sends lines: `type://?option=value&nested[option]=value`, as Dokku writes it.
struct LogSink: Sendable, Equatable {
    let type: String
    /// In the order in which they were written, names with their brackets.
    let options: [Option]

    struct Option: Sendable, Equatable {
        var name: String
        var value: String
        /// `encoding[codec]` as two.
        var path: [String]
    }

    private static let secrets = [
        "key", "token", "password", "secret", "auth", "credential", "user", "header", "uri", "url",
    ]

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``; what it says holds no value.
    init(_ text: String) throws {
        guard let mark = text.firstRange(of: "://"), text.utf8.count <= 8192, text == cleaned(text, keepTabs: false)
        else {
            throw Self.bad("it has no type")
        }
        type = String(text[..<mark.lowerBound]).replacing("-", with: "_")
        guard type.utf8.first?.isLowercaseLetter == true, type.utf8.count <= 64,
            type.utf8.allSatisfy({ $0.isLowercaseLetterOrDigit || $0 == UInt8(ascii: "_") })
        else { throw Self.bad("its type is no word of small letters") }
        var rest = text[mark.upperBound...]
        if rest.hasPrefix("?") {
            rest = rest.dropFirst()
        } else if !rest.isEmpty {
            throw Self.bad("options begin with ?")
        }
        var options: [Option] = []
        for pair in rest.split(separator: "&") {
            guard let equals = pair.firstIndex(of: "="),
                let name = Self.unescaped(pair[..<equals]),
                let value = Self.unescaped(pair[pair.index(after: equals)...])
            else { throw Self.bad("an option is no NAME=VALUE") }
            options.append(Option(name: name, value: value, path: try Self.path(name)))
        }
        self.options = options
    }

    /// Without the values that may be secret.
    var shown: String {
        let words = options.map { option in
            let name = option.name.lowercased()
            let isSecret = Self.secrets.contains { name.contains($0) }
            return "\(option.name)=\(isSecret ? "******" : option.value)"
        }
        return "\(type)://" + (words.isEmpty ? "" : "?" + words.joined(separator: "&"))
    }

    private static func path(_ name: String) throws -> [String] {
        let parts = name.split(separator: "[", omittingEmptySubsequences: false).map(String.init)
        let words = [parts[0]] + parts.dropFirst().map { String($0.dropLast()) }
        let isClosed = parts.dropFirst().allSatisfy { $0.hasSuffix("]") }
        let isFine = words.allSatisfy { word in
            !word.isEmpty && word.utf8.allSatisfy { $0.isLetterOrDigit || "_.-".utf8.contains($0) }
        }
        guard isClosed, isFine, words.count <= 8 else { throw bad("\(quoted(name)) is no name of an option") }
        return words
    }

    /// `%41` is a byte and `+` a blank; nil where the bytes are no text.
    private static func unescaped(_ text: Substring) -> String? {
        text.replacing("+", with: " ").withoutPercentEncoding.flatMap { $0 == cleaned($0) ? $0 : nil }
    }

    private static func bad(_ why: String) -> Failure {
        Failure(.malformed, "this is no sink", why: why, fix: "write it as console://?encoding[codec]=json")
    }
}

/// A value of JSON, for what is made out of options.
indirect enum ShipperValue: Sendable, Equatable, Encodable {
    case text(String)
    case number(Int)
    case truth(Bool)
    case list([ShipperValue])
    case table([String: ShipperValue])

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let text): try container.encode(text)
        case .number(let number): try container.encode(number)
        case .truth(let truth): try container.encode(truth)
        case .list(let list): try container.encode(list)
        case .table(let table): try container.encode(table)
        }
    }

    /// Numbers and truths are what they look like.
    init(option text: String) {
        if text == "true" || text == "false" {
            self = .truth(text == "true")
        } else if let number = Int(text), "\(number)" == text {
            self = .number(number)
        } else {
            self = .text(text)
        }
    }

    /// Puts a value at the end of a path, making the tables on the way.
    mutating func set(_ path: ArraySlice<String>, _ value: ShipperValue) {
        guard let first = path.first else { return self = value }
        var table: [String: ShipperValue] = [:]
        if case .table(let present) = self { table = present }
        var inner = table[first] ?? .table([:])
        inner.set(path.dropFirst(), value)
        table[first] = inner
        self = .table(table)
    }
}
