package import FoundationEssentials
import NIOCore
import NIOHTTP1

/// Something that happened to an object of ours.
package struct EngineEvent: Equatable, Sendable {
    /// `container`, `image`, `volume`, `network`, ...
    package var kind: String
    /// `start`, `die`, `oom`, `health_status: healthy`, ...
    package var action: String
    /// The object's id; a volume's is its name.
    package var id: String
    /// Labels and facts of the object, such as `name` and `exitCode`.
    package var attributes: [String: String]
    package var time: Date

    package init(kind: String, action: String, id: String, attributes: [String: String], time: Date) {
        self.kind = kind
        self.action = action
        self.id = id
        self.attributes = attributes
        self.time = time
    }
}

extension Engine {
    /// What happens to our objects, from `since` or now, until `until` or for ever.
    ///
    /// The engine remembers its last 256 events; older ones do not come even when `since` is before them.
    ///
    /// - Parameters:
    ///   - kind: Only objects of this kind: `container`.
    ///   - actions: Only these: `die`, `start`. Every health check is an event otherwise.
    ///   - since: The moment of the first; one that happened at that very moment comes too.
    ///   - until: When to end.
    /// - Returns: Events in the order in which the engine tells them; fails when the engine goes away.
    package func events(
        of kind: String? = nil,
        actions: [String] = [],
        since: Date? = nil,
        until: Date? = nil
    ) -> AsyncThrowingStream<EngineEvent, any Error> {
        var wish: [String: [String]] = [:]
        if let kind { wish["type"] = [kind] }
        if !actions.isEmpty { wish["event"] = actions }
        let request = Request(
            .GET,
            "/events",
            query: [
                "filters": ours(and: wish),
                "since": since.map(EngineDate.query),
                "until": until.map(EngineDate.query),
            ],
            limit: nil
        )
        return stream(request, EventDecoder())
    }
}

struct EventDecoder: StreamDecoder {
    private var lines = LineCutter()

    mutating func feed(_ chunk: ByteBuffer) throws -> [EngineEvent] { try lines.feed(chunk).compactMap(event) }

    mutating func finish() throws -> [EngineEvent] { lines.finish().compactMap(event) }

    /// Nil for a line that is no event: half of one, when the engine died, or one of a kind that is to come.
    ///
    /// It would come again after every new connection, so it must not end the stream.
    private func event(_ line: ByteBuffer) -> EngineEvent? {
        try? JSONDecoder().decode(EventLine.self, from: Data(line.readableBytesView)).event
    }
}

private struct EventLine: Decodable {
    let kind: String?
    let action: String?
    let actor: Actor?
    let time: Int64?
    let nanoseconds: Int64?

    struct Actor: Decodable {
        let id: String?
        let attributes: [String: String]?

        private enum CodingKeys: String, CodingKey {
            case id = "ID"
            case attributes = "Attributes"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case kind = "Type"
        case action = "Action"
        case actor = "Actor"
        case time
        case nanoseconds = "timeNano"
    }

    var event: EngineEvent {
        let seconds = nanoseconds.map { Double($0) / 1e9 } ?? Double(time ?? 0)
        return EngineEvent(
            kind: kind ?? "",
            action: action ?? "",
            id: actor?.id ?? "",
            attributes: actor?.attributes ?? [:],
            time: Date(timeIntervalSince1970: seconds)
        )
    }
}
