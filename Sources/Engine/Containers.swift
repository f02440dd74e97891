import NIOHTTP1

extension Engine {
    /// Makes a container of ours and does not start it.
    ///
    /// - Returns: Its id.
    /// - Throws: ``EngineError/refused(status:message:request:)`` with 404 when the image is missing, 409 when the
    ///   name is taken.
    package func createContainer(name: String?, spec: ContainerSpec) async throws -> String {
        let body = spec.json(labels: owned(spec.labels), volumeLabels: owned([:]))
        return try await transport.call(Request(.POST, "/containers/create", query: ["name": name], body: .json(body)))
            .decoded(Created.self).id
    }

    /// Starts a container; one that runs stays as it is.
    package func startContainer(_ container: String) async throws {
        try await act(container, "start", alsoFine: [304])
    }

    /// Sends the stop signal, and SIGKILL after `grace`; one that does not run stays as it is.
    package func stopContainer(_ container: String, grace: Duration) async throws {
        let seconds = wholeSeconds(grace)
        try await act(
            container,
            "stop",
            query: ["t": "\(seconds)"],
            limit: .seconds(seconds + 30),
            alsoFine: [304]
        )
    }

    /// Stops a container as ``stopContainer(_:grace:)`` does and starts it again.
    package func restartContainer(_ container: String, grace: Duration) async throws {
        let seconds = wholeSeconds(grace)
        try await act(container, "restart", query: ["t": "\(seconds)"], limit: .seconds(seconds + 60))
    }

    /// Sends a signal, such as `SIGTERM`, to process 1.
    ///
    /// - Throws: ``EngineError/refused(status:message:request:)`` with 409 when it does not run.
    package func killContainer(_ container: String, signal: String = "SIGKILL") async throws {
        try await act(container, "kill", query: ["signal": signal])
    }

    package func pauseContainer(_ container: String) async throws { try await act(container, "pause") }

    package func unpauseContainer(_ container: String) async throws { try await act(container, "unpause") }

    package func renameContainer(_ container: String, to name: String) async throws {
        try await act(container, "rename", query: ["name": name])
    }

    /// Removes a container and its nameless volumes; one that is gone or going counts as removed.
    package func removeContainer(_ container: String, force: Bool = false) async throws {
        let request = Request(
            .DELETE,
            "/containers/\(Request.segment(container))",
            query: ["force": force ? "true" : nil, "v": "true"],
            limit: .seconds(120),
            alsoFine: [404]
        )
        do {
            _ = try await transport.call(request)
        } catch EngineError.refused(409, let message, _) where message.contains("already in progress") {
            // The same status says that it still runs; only the words tell the two apart.
        }
    }

    /// Changes what can be changed while it runs; nil leaves a thing as it is.
    package func updateContainer(
        _ container: String,
        restartPolicy: RestartPolicy? = nil,
        limits: Limits = Limits()
    ) async throws {
        var members = limits.members
        members["RestartPolicy"] = restartPolicy?.json
        try await act(container, "update", body: .json(.object(members)))
    }

    /// Tells the terminal of a container its size in characters.
    package func resizeContainer(_ container: String, columns: Int, rows: Int) async throws {
        try await act(container, "resize", query: ["h": "\(rows)", "w": "\(columns)"])
    }

    /// What a container is; nil when there is none of this name or id.
    package func container(_ container: String) async throws -> ContainerFacts? {
        let answer = try await transport.call(inspection(container, alsoFine: [404]))
        return answer.status == 404 ? nil : try answer.decoded(ContainerAnswer.self).facts
    }

    /// The engine's whole answer about a container, as JSON text.
    package func rawInspect(_ container: String) async throws -> String {
        String(decoding: try await transport.call(inspection(container)).body, as: UTF8.self)
    }

    /// Our containers that have all of `labels`, newest first; the running ones, or `all`.
    package func containers(labels: [String: String] = [:], all: Bool) async throws -> [ContainerSummary] {
        let query: KeyValuePairs = ["all": all ? "true" : nil, "filters": ours(labels)]
        return try await transport.call(Request(.GET, "/containers/json", query: query))
            .decoded([ContainerLine].self).filter { !$0.isGhost }.map(\.summary)
    }

    private func inspection(_ container: String, alsoFine: Set<Int> = []) -> Request {
        Request(.GET, "/containers/\(Request.segment(container))/json", alsoFine: alsoFine)
    }

    private func act(
        _ container: String,
        _ verb: String,
        query: KeyValuePairs<String, String?> = [:],
        body: Request.Body = .none,
        limit: Duration = .seconds(60),
        alsoFine: Set<Int> = []
    ) async throws {
        let path = "/containers/\(Request.segment(container))/\(verb)"
        _ = try await transport.call(
            Request(.POST, path, query: query, body: body, limit: limit, alsoFine: alsoFine)
        )
    }
}

/// The answer to whatever makes something.
struct Created: Decodable {
    let id: String

    private enum CodingKeys: String, CodingKey { case id = "Id" }
}
