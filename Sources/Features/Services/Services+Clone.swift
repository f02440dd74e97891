import Core
import SystemPackage

extension Services {
    /// A service with the data of another, and with users and passwords of its own.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/programFailed`` when the copy does not hold what the source does.
    func clone(_ source: Service, as name: ServiceName, _ change: @Sendable (inout ServiceWish) -> Void) async throws
        -> Service
    {
        let kind = try kinds.find(source.kind)
        _ = try (kind.action(.dump), kind.action(.restore))
        var wish = ServiceWish(kind: source.kind, name: name)
        (wish.image, wish.version) = (source.image, source.version)
        (wish.memory, wish.options, wish.environment) = (source.memory, source.options, source.environment)
        change(&wish)
        let (this, handle) = (self, try await running(source))
        return try await create(wish) { copy, newHandle in
            let (old, new) = (try this.server(source).inside(handle), try this.server(copy))
            try await new.copy(old, into: new.inside(newHandle))
        }
    }
}

extension ServiceServer {
    /// Somebody may write to the source at any moment, so that a copy is right which holds no less and no more than
    /// the source did before and after its dump.
    private static let attempts = 3

    fileprivate func copy(_ source: ServiceInside, into target: ServiceInside) async throws {
        let spool = ServiceSpool(folder.appending("clone.dump"))
        for attempt in 1...Self.attempts {
            let before = try await ServiceBackups.count(source)
            try await spool.fill(from: source)
            let after = try await ServiceBackups.count(source)
            try await spool.pour(into: target)
            let copied = try await ServiceBackups.count(target)
            try await spool.remove()
            guard let before, let after, let copied else { return }
            if (min(before, after)...max(before, after)).contains(copied) { return }
            guard attempt == Self.attempts else { continue }
            throw Failure(
                .programFailed,
                "the copy does not hold what \(source.service.title) does",
                why: "it has \(copied) \(kind.items), the other \(after)",
                fix: "try again while nobody writes to \(source.service.title)"
            )
        }
    }
}
