import Core
import Store

/// The step of what is read into a server.
enum ServiceImportStep: String, StepName {
    case data

    var orphan: OrphanRule { .finished(because: "the server itself keeps all of a dump or what it had") }
}

extension Services {
    static let importing = OperationKind("service-import", steps: ServiceImportStep.self) { operation, _, _ in
        operation.isDone(ServiceImportStep.data) ? .finished : .undone
    }

    /// Dumps to `sink`.
    ///
    /// - Throws: ``Failure`` when the dump is not whole, whatever went out by then.
    func export(_ service: Service, to sink: @escaping ServiceInside.Sink) async throws {
        let server = try server(service)
        _ = try server.kind.action(.dump)
        let facts = try await server.inside(try await running(service)).sendDump(to: sink)
        let event = event(service, "export", byteWords(facts.bytes))
        try await host.store.write { try HostTable.record(event, $0) }
    }

    /// Puts a dump in the place of what the server holds.
    func restore(_ service: Service, from source: @escaping ServiceInside.Source) async throws {
        let this = self
        let event = event(service, "import", "")
        try await run(Self.importing, on: service, "import") { held in
            let service = try await this.fresh(service)
            let server = try this.server(service)
            _ = try server.kind.action(.restore)
            let handle = try await this.running(service)
            guard let first = try await source() else {
                throw Failure(
                    .usage,
                    "standard input is empty",
                    fix: "slipway \(service.kind):import \(service.name) < FILE"
                )
            }
            let head = ServiceOnce(first)
            try await held.step(ServiceImportStep.data) {
                try await server.inside(handle).stream(
                    .restore,
                    from: {
                        if let bytes = await head.take() { return bytes }
                        return try await source()
                    },
                    to: { _ in }
                )
            }
            try await held.write { try HostTable.record(event, $0) }
        }
    }
}
