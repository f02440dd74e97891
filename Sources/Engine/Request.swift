import NIOCore
import NIOHTTP1

/// A question to the engine.
struct Request: Sendable {
    enum Body: Sendable {
        case none
        case json(JSON)
        /// A tar of unknown length, sent in chunks as the engine takes them.
        case tar(AnyChunks)
    }

    var method: HTTPMethod
    /// Already escaped, from the slash after the version on.
    var path: String
    var query: [(name: String, value: String)]
    var headers: [(name: String, value: String)] = []
    var body: Body
    /// How long the whole answer may take; none for what lasts as long as it lasts.
    var limit: Duration?
    /// Statuses besides 2xx that are answers and not refusals.
    var alsoFine: Set<Int>
    var isVersioned: Bool

    init(
        _ method: HTTPMethod,
        _ path: String,
        query: KeyValuePairs<String, String?> = [:],
        body: Body = .none,
        limit: Duration? = .seconds(60),
        alsoFine: Set<Int> = [],
        isVersioned: Bool = true
    ) {
        self.method = method
        self.path = path
        self.query = query.compactMap { name, value in value.map { (name, $0) } }
        self.body = body
        self.limit = limit
        self.alsoFine = alsoFine
        self.isVersioned = isVersioned
    }

    /// Method and path, for people; the query stays out because build arguments stand in it.
    var words: String { "\(method.rawValue) \(path)" }

    /// Path and query as they are sent.
    func target(api: APIVersion?) -> String {
        let terms = query.map { "\(Self.escaped($0.name))=\(Self.escaped($0.value))" }
        let base = (api.map { "/v\($0)" } ?? "") + path
        return terms.isEmpty ? base : base + "?" + terms.joined(separator: "&")
    }

    /// Text as it may stand in a path segment or a query (RFC 3986 §2.3), plus `extra`.
    static func escaped(_ text: String, keeping extra: String = "") -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: result.append(byte)
            case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): result.append(byte)
            case _ where extra.utf8.contains(byte): result.append(byte)
            default: result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// A container's, network's, volume's or exec's name or id as one path segment.
    static func segment(_ name: String) -> String { escaped(name) }

    /// An image reference as part of a path; its slashes and colons stay.
    static func reference(_ name: String) -> String { escaped(name, keeping: "/:@") }
}

/// Any sequence of byte chunks, its type forgotten; read once.
struct AnyChunks: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    private let start: @Sendable () -> AsyncIterator

    init<Base: AsyncSequence & Sendable>(_ base: Base) where Base.Element == [UInt8] {
        start = {
            var iterator = base.makeAsyncIterator()
            return AsyncIterator { try await iterator.next(isolation: #isolation).map { ByteBuffer(bytes: $0) } }
        }
    }

    func makeAsyncIterator() -> AsyncIterator { start() }

    struct AsyncIterator: AsyncIteratorProtocol {
        let pull: () async throws -> ByteBuffer?

        mutating func next() async throws -> ByteBuffer? { try await pull() }
    }
}
