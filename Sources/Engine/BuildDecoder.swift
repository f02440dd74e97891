import Core
import FoundationEssentials
import NIOCore
import SwiftProtobuf

/// Makes build events out of the JSON lines of `POST /build`.
struct BuildDecoder: StreamDecoder {
    private var lines = LineCutter()

    mutating func feed(_ chunk: ByteBuffer) throws -> [BuildEvent] { try lines.feed(chunk).flatMap(Self.events) }

    mutating func finish() throws -> [BuildEvent] { try lines.finish().flatMap(Self.events) }

    private static func events(_ line: ByteBuffer) throws -> [BuildEvent] {
        let answer = Answer(request: "POST /build", status: 200, headers: [], body: Data(line.readableBytesView))
        let message = try answer.decoded(BuildLine.self)
        if let error = message.error {
            return [.failed(message: error, code: message.errorDetail?.code ?? exitCode(in: error))]
        }
        switch (message.id, message.aux) {
        case ("moby.buildkit.trace", .text(let text)): return try trace(text)
        // A classic builder's line has no id of its own, so an image id says enough.
        case (_, .image(let id)): return [.image(id)]
        default: break
        }
        guard let text = message.stream ?? message.statusLine else { return [] }
        return text.split(separator: "\n").map { .classicLine(String($0)) }
    }

    /// BuildKit's progress in protobuf, in base64.
    private static func trace(_ text: String) throws -> [BuildEvent] {
        guard let data = Data(base64Encoded: text),
            let status = try? Moby_Buildkit_V1_StatusResponse(serializedBytes: data)
        else { throw EngineError.undecodable(request: "POST /build", detail: "BuildKit's progress is not protobuf") }
        return status.vertexes.map { .step(BuildStep($0)) }
            + status.logs.map { .log(step: $0.vertex, bytes: Array($0.msg)) }
    }

    /// The number at the end of BuildKit's sentence, the only place where it says the exit status.
    private static func exitCode(in message: String) -> Int? {
        guard let range = message.firstRange(of: "exit code: ") else { return nil }
        return Int(message[range.upperBound...].prefix(while: \.isNumber))
    }
}

extension BuildStep {
    fileprivate init(_ vertex: Moby_Buildkit_V1_Vertex) {
        self.init(
            digest: vertex.digest,
            name: vertex.name,
            cached: vertex.cached,
            started: vertex.hasStarted ? vertex.started.moment : nil,
            completed: vertex.hasCompleted ? vertex.completed.moment : nil,
            error: vertex.error
        )
    }
}

extension Google_Protobuf_Timestamp {
    fileprivate var moment: Date { Date(timeIntervalSince1970: Double(seconds) + Double(nanos) / 1e9) }
}

private struct BuildLine: Decodable {
    let id: String?
    let stream: String?
    let status: String?
    let error: String?
    let errorDetail: Detail?
    let aux: Aux?

    struct Detail: Decodable {
        let code: Int?
    }

    /// Text for BuildKit's progress, an object for an image.
    enum Aux: Decodable {
        case text(String)
        case image(String)
        case other

        private struct Image: Decodable {
            let id: String

            private enum CodingKeys: String, CodingKey { case id = "ID" }
        }

        init(from decoder: any Swift.Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let image = try? container.decode(Image.self) {
                self = .image(image.id)
            } else {
                self = .other
            }
        }
    }

    /// A pull's line, the layer in front.
    var statusLine: String? { status.map { status in id.map { "\($0): \(status)" } ?? status } }
}
