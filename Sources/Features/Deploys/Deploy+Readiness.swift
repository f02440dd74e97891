import Core
import Scheduling

extension Deploy {
    /// Waits for proof of health of all; one that fails is made anew as long as that is borne.
    ///
    /// - Throws: The first failure that is one too many.
    func waitUntilReady(
        _ newcomers: [Instance],
        of batch: Batch,
        _ release: Release,
        _ allowance: inout Allowance
    ) async throws {
        guard !newcomers.isEmpty else { return }
        let began = host.time.uptime()
        let plan = try await Checks(on: host).plan(app, release)
        let proofs: [(Instance, String)]
        (proofs, allowance) = try await prove(newcomers, plan, release, allowance)
        let ready = proofs.map(\.0)
        let policy = release.settings.restartPolicy
        for instance in ready {
            if let handle = instance.handle { try await host.scheduler.setRestartPolicy(policy, of: handle) }
            try await Networks(on: host).joinLate(instance, of: app, release)
        }
        try await fireChecks(ready, release)
        let words = proofs.sorted { $0.0.name < $1.0.name }.first { $0.0.type == .web } ?? proofs.first
        transcript.ready(words?.1 ?? "", batch, took: host.time.uptime() - began)
    }

    private func prove(
        _ newcomers: [Instance],
        _ plan: ReadinessPlan,
        _ release: Release,
        _ allowance: Allowance
    ) async throws -> ([(Instance, String)], Allowance) {
        let host = host
        return try await withThrowingTaskGroup(of: (Instance, Result<String, any Error>).self) { group in
            defer { group.cancelAll() }
            for instance in newcomers { group.addTask { await Self.proof(of: instance, plan, host) } }
            var left = allowance
            var proofs: [(Instance, String)] = []
            while let (instance, outcome) = try await group.next() {
                switch outcome {
                case .success(let proof): proofs.append((instance, proof))
                case .failure(let error):
                    guard !(error is CancellationError), left.bears(instance.type) else { throw error }
                    transcript.again(instance, left, Failure(error).what)
                    let fresh = try await replace(instance, release)
                    group.addTask { await Self.proof(of: fresh, plan, host) }
                }
            }
            return (proofs, left)
        }
    }

    private static func proof(
        of instance: Instance,
        _ plan: ReadinessPlan,
        _ host: Host
    ) async -> (Instance, Result<String, any Error>) {
        do {
            return (instance, .success(try await Readiness(host: host, plan: plan).wait(for: instance)))
        } catch {
            return (instance, .failure(error))
        }
    }

    /// What the failed one said stays in the release's log.
    private func replace(_ failed: Instance, _ release: Release) async throws -> Instance {
        let ps = Ps(on: host)
        await Settling(host: host, held: held).keepLogs(of: [failed], app, release.number)
        try await ps.remove([failed])
        guard let fresh = try await ps.reserve([(failed.type, failed.ordinal)], for: release, held).first else {
            preconditionFailure("a slot that is asked for is reserved, or it throws")
        }
        return try await ps.start(fresh, of: app, release, held)
    }
}
