/// What a web server answered.
public struct Reply: Sendable, Equatable {
    /// 0 where there was no answer at all.
    public var status: Int
    public var body: String
    /// Why there was none.
    public var problem: String

    public var isSuccess: Bool { (200...299).contains(status) }

    public init(status: Int = 0, body: String = "", problem: String = "") {
        self.status = status
        self.body = body
        self.problem = problem
    }
}

extension Hook {
    /// Posts to an http or https address, by the host's `curl`.
    ///
    /// Nothing of it stands in an argument: an address can be a secret too. No redirection is followed.
    /// - Parameters:
    ///   - address: Where to.
    ///   - body: What is sent.
    ///   - headers: Names and values; `Content-Type` is application/json where it is not among them.
    ///   - keepsBody: Whether the body of the answer is wanted; one that is not may have any length.
    ///   - limit: How long it may take, from the look-up of the name to the last byte of the answer.
    /// - Returns: What the server answered, with status 0 where it did not.
    /// - Throws: ``Refusal`` for an address that is none, where there is no curl, and for a body of more than a megabyte
    ///   that is to be kept. What the server says or fails to say is no error.
    public func post(
        _ address: String,
        _ body: String,
        headers: [(name: String, value: String)] = [],
        keepsBody: Bool = true,
        within limit: Duration = .seconds(10)
    ) throws -> Reply {
        guard Self.isWebAddress(address) else { throw Refusal("this is no http or https address") }
        var all = headers
        if !headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            all.append(("Content-Type", "application/json"))
        }
        // A server that would be asked before it gets the body is not asked.
        all.append(("Expect", ""))
        var lines = [
            "silent", "show-error", "globoff", "proto = \"=http,https\"", "connect-timeout = 5",
            "max-time = \(max(1, limit.components.seconds))", "url = \(Self.quoted(address))",
            "data-raw = \(Self.quoted(body))", "write-out = \"\\n%{http_code}\"",
        ]
        if !keepsBody { lines.append("output = \"/dev/null\"") }
        lines += all.map { "header = \(Self.quoted("\($0.name): \($0.value)"))" }
        let ran: Ran
        do {
            ran = try run(
                "curl",
                ["--disable", "--config", "-"],
                input: lines.joined(separator: "\n") + "\n",
                within: limit + .seconds(5)
            )
        } catch let error as Refusal where error.words.contains("could not be run") {
            throw Refusal("curl is missing on this host: apt-get install curl")
        }
        let mark = ran.output.lastIndex(of: "\n") ?? ran.output.startIndex
        let status = Int(ran.output[mark...].drop { $0 == "\n" }) ?? 0
        return Reply(status: status, body: String(ran.output[..<mark]), problem: ran.isSuccess ? "" : ran.lastWords)
    }

    /// Whether a text can be the address of a web server.
    public static func isWebAddress(_ text: String) -> Bool {
        guard text.utf8.count <= 2048, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return false }
        return ["http://", "https://"].contains { text.hasPrefix($0) && text.count > $0.count }
    }

    /// As a configuration of curl reads it.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
