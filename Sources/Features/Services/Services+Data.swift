import Core
import Files
import Store
import SystemPackage

/// The steps of what is read into a server.
enum ServiceImportStep: String, StepName {
    case keep, data, tidy

    var orphan: OrphanRule {
        switch self {
        case .keep: .undone(because: "nothing was read yet; the dump of what it holds is removed")
        case .data:
            .undone(
                because:
                    "a server that takes a dump at once has all of it or what it had; of any other the dump of what"
                    + " it held before is kept and named"
            )
        case .tidy: .finished(because: "the server holds the dump; only what was kept is left to remove")
        }
    }
}

extension Services {
    static let importing = OperationKind("service-import", steps: ServiceImportStep.self) { operation, held, host in
        let services = Services(on: host)
        guard let id = operation.app, let service = try await services.find(id) else { return .undone }
        if operation.isDone(ServiceImportStep.data) {
            try services.removeKept(of: service)
            return .finished
        }
        let kept = services.kept(of: service, operation.id)
        if operation.hasBegun(ServiceImportStep.data), kindOfFile(kept.path) != nil {
            try await services.tell(kept, of: service, held)
        } else {
            try await kept.remove()
        }
        return .undone
    }

    /// What a server held before an import, while that is not sure to have come to its end.
    private func kept(of service: Service, _ operation: Int64) -> ServiceSpool {
        ServiceSpool(host.paths.service(service.id).appending("\(Self.keptDump)\(operation).dump"))
    }

    private static let keptDump = "before-import-"

    /// Those of earlier imports too: what is there now is what somebody wanted.
    private func removeKept(of service: Service) throws {
        let folder = host.paths.service(service.id)
        for name in try listFolder(folder) where name.hasPrefix(Self.keptDump) {
            try removeFile(folder.appending(name))
        }
    }

    private func tell(_ kept: ServiceSpool, of service: Service, _ held: Held) async throws {
        host.output.warn("\(service.title) may hold a part of what was imported")
        host.output.warn("what it held before: slipway \(service.kind):import \(service.name) < \(kept.path)")
        let event = event(service, "import", "failed; what it held before is in \(kept.path)")
        try await held.write { try HostTable.record(event, $0) }
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
    ///
    /// Where a kind changes its data while it reads, what was there is dumped before, and kept when the import fails.
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
            if !server.kind.restoresAtOnce, server.kind.actions[.dump] != nil {
                _ = try await held.step(ServiceImportStep.keep) {
                    try await this.kept(of: service, held.operation).fill(from: server.inside(handle))
                }
            }
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
            try await held.step(ServiceImportStep.tidy) {
                try this.removeKept(of: service)
                try await held.write { try HostTable.record(event, $0) }
            }
        }
    }
}
