import Core
import Proxying
import Store

extension Feature {
    /// What is wrong with this host, and how to mend it.
    static let doctor = Feature("doctor", "What is wrong, and how to mend it", commands: DoctorCommands.all)
}

/// Looks at everything side by side and says what it saw.
struct Doctor: Sendable {
    /// How long one look may take.
    static let patience: Duration = .seconds(5)

    /// One thing to look at.
    struct Look: Sendable {
        var name: String
        var see: @Sendable (Host) async throws -> Finding

        init(_ name: String, _ see: @escaping @Sendable (Host) async throws -> Finding) {
            self.name = name
            self.see = see
        }
    }

    let host: Host

    init(on host: Host) { self.host = host }

    /// - Returns: What was seen, in the order of `looks`.
    func examine(_ looks: [Look], within limit: Duration = patience) async -> [Finding] {
        let host = host
        return await withTaskGroup(of: (Int, Finding).self) { group in
            for (index, look) in looks.enumerated() {
                group.addTask {
                    var finding = await Self.examine(look, host, within: limit)
                    finding.check = look.name
                    return (index, finding)
                }
            }
            var seen: [(Int, Finding)] = []
            for await finding in group { seen.append(finding) }
            return seen.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    /// The real clock even in tests: what takes too long does so in the world.
    private static func examine(_ look: Look, _ host: Host, within limit: Duration) async -> Finding {
        do {
            return try await withTimeout(limit) { try await look.see(host) }
        } catch is TimedOut {
            return .fail("no answer within \(limit.words)", cure: nil)
        } catch {
            return .fail(error)
        }
    }

    /// What `--fix` does: everything here is derived from the database and may be written again at any moment.
    func remedies() async throws -> [(words: String, apply: @Sendable () async throws -> Void)] {
        let host = host
        var all: [(words: String, apply: @Sendable () async throws -> Void)] = [
            ("make the engine's network, if it is missing", { _ = try await Setup(on: host).prepareNetwork() }),
            ("write folders, authorized_keys and nginx's main file", { try await Setup(on: host).publish() }),
        ]
        for app in try await Apps(on: host).list() {
            all.append(("write the repository's hooks of \(app.name)", { try await Git(on: host).prepare(app) }))
        }
        all.append(("tell nginx of every app", { try await Nginx(on: host).publishAll() }))
        return all
    }
}
