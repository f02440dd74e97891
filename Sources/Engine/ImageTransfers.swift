import Core
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// A line of a transfer's progress.
package struct TransferProgress: Equatable, Sendable {
    /// The layer, where it is about one.
    package var layer: String?
    /// The engine's words: `Downloading`, `Pull complete`.
    package var status: String
    /// Bytes so far and in all, where they are known.
    package var current: Int64?
    package var total: Int64?

    package init(layer: String?, status: String, current: Int64? = nil, total: Int64? = nil) {
        self.layer = layer
        self.status = status
        self.current = current
        self.total = total
    }
}

extension Engine {
    /// Fetches an image from its registry; without a tag it is `latest`.
    ///
    /// - Throws: ``EngineError/refused(status:message:request:)`` with the registry's words.
    package func pull(
        _ reference: String,
        auth: RegistryAuth? = nil,
        progress: @Sendable (TransferProgress) -> Void = { _ in }
    ) async throws {
        let name = ImageReference(reference)
        var request = Request(
            .POST,
            "/images/create",
            query: ["fromImage": name.repository, "tag": name.tag],
            limit: nil
        )
        request.headers.append(("X-Registry-Auth", auth?.header ?? RegistryAuth.anonymous))
        for try await message in messages(request) { message.progress.map(progress) }
    }

    /// Sends an image to the registry in its name.
    ///
    /// - Returns: The digest under which the registry has it, `sha256:...`, where it says so.
    package func push(
        _ reference: String,
        auth: RegistryAuth? = nil,
        progress: @Sendable (TransferProgress) -> Void = { _ in }
    ) async throws -> String? {
        let name = ImageReference(reference)
        let path = "/images/\(Request.reference(name.repository))/push"
        var request = Request(.POST, path, query: ["tag": name.tag], limit: nil)
        request.headers.append(("X-Registry-Auth", auth?.header ?? RegistryAuth.anonymous))
        var digest: String?
        for try await message in messages(request) {
            digest = message.aux?.digest ?? digest
            message.progress.map(progress)
        }
        return digest
    }

    /// Takes in what `docker save` wrote.
    ///
    /// - Returns: Names of the images, or ids of those that have none.
    package func load<Tar: AsyncSequence & Sendable>(_ tar: Tar) async throws -> [String] where Tar.Element == [UInt8] {
        let request = Request(
            .POST,
            "/images/load",
            query: ["quiet": "true"],
            body: .tar(AnyChunks(tar)),
            limit: nil
        )
        var names: [String] = []
        for try await message in messages(request) {
            // The engine has no other way of telling; these sentences are older than the oldest version spoken.
            for prefix in ["Loaded image: ", "Loaded image ID: "] where message.stream?.hasPrefix(prefix) == true {
                names.append(String(message.stream?.dropFirst(prefix.count) ?? "").trimmed)
            }
        }
        return names
    }

    /// Makes an image of ours out of the tar of a root folder.
    ///
    /// - Parameters:
    ///   - tar: The folder.
    ///   - name: `repository:tag`.
    ///   - changes: Dockerfile lines such as `CMD ["/bin/sh"]`.
    ///   - labels: Besides the instance's; neither quotes nor line ends may stand in them.
    /// - Returns: The image's id.
    /// - Throws: ``EngineError/refused(status:message:request:)`` when the tar is none, or a change is no line of a
    ///   Dockerfile.
    package func importImage<Tar: AsyncSequence & Sendable>(
        _ tar: Tar,
        as name: String,
        changes: [String] = [],
        labels: [String: String] = [:]
    ) async throws -> String where Tar.Element == [UInt8] {
        let reference = ImageReference(name)
        var request = Request(
            .POST,
            "/images/create",
            query: ["fromSrc": "-", "repo": reference.repository, "tag": reference.tag],
            body: .tar(AnyChunks(tar)),
            limit: nil
        )
        let label =
            "LABEL " + owned(labels).sorted { $0.key < $1.key }.map { "\"\($0)\"=\"\($1)\"" }.joined(separator: " ")
        request.query += (changes + [label]).map { ("changes", $0) }
        var id: String?
        for try await message in messages(request) {
            if let status = message.status, status.hasPrefix("sha256:") { id = status }
        }
        guard let id else { throw EngineError.undecodable(request: request.words, detail: "no image id came") }
        return id
    }

    /// The JSON lines of a transfer; an error among them is thrown.
    private func messages(_ request: Request) -> AsyncThrowingStream<TransferMessage, any Error> {
        stream(request, TransferDecoder(request: request.words))
    }
}

private struct TransferDecoder: StreamDecoder {
    let request: String
    private var lines = LineCutter()

    init(request: String) { self.request = request }

    mutating func feed(_ chunk: ByteBuffer) throws -> [TransferMessage] { try lines.feed(chunk).map(message) }

    mutating func finish() throws -> [TransferMessage] { try lines.finish().map(message) }

    private func message(_ line: ByteBuffer) throws -> TransferMessage {
        let answer = Answer(request: request, status: 200, headers: [], body: Data(line.readableBytesView))
        let message = try answer.decoded(TransferMessage.self)
        if let text = message.error {
            // The head said 200 long before; the code of the line is the truer one.
            throw EngineError.refused(status: message.errorDetail?.code ?? 500, message: text, request: request)
        }
        return message
    }
}

private struct TransferMessage: Decodable, Sendable {
    let id: String?
    let status: String?
    let stream: String?
    let error: String?
    let errorDetail: Detail?
    let progressDetail: Progress?
    let aux: Aux?

    struct Detail: Decodable { let code: Int? }

    struct Progress: Decodable {
        let current: Int64?
        let total: Int64?
    }

    struct Aux: Decodable {
        let digest: String?

        private enum CodingKeys: String, CodingKey { case digest = "Digest" }
    }

    var progress: TransferProgress? {
        status.map {
            TransferProgress(layer: id, status: $0, current: progressDetail?.current, total: progressDetail?.total)
        }
    }
}
