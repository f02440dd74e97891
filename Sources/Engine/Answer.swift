import Core
import FoundationEssentials

/// A whole answer of the engine.
struct Answer: Sendable {
    let request: String
    let status: Int
    let headers: [(name: String, value: String)]
    let body: Data

    /// The first value of a header, its name in any case.
    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// - Throws: ``EngineError/undecodable(request:detail:)`` naming the member that does not fit.
    func decoded<Value: Decodable>(_ type: Value.Type = Value.self) throws(EngineError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: body)
        } catch {
            throw .undecodable(request: request, detail: Self.words(error))
        }
    }

    /// The engine's own words in an error body `{"message": ...}`, or the body itself.
    static func message(in body: Data) -> String {
        if let known = try? JSONDecoder().decode(Refusal.self, from: body) { return known.message }
        let text = String(decoding: body.prefix(2000), as: UTF8.self).trimmed
        return text.isEmpty ? "no reason given" : text
    }

    private static func words(_ error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, let context): "\(path(context.codingPath + [key])) is missing"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            "\(path(context.codingPath)) has an unexpected type"
        case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
            "\(path(context.codingPath)): \(context.debugDescription)"
        default: "it is not JSON"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }
}

private struct Refusal: Decodable {
    let message: String
}
