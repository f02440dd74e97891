import Core
import Engine
import Scheduling

/// An instance that is meant to run, with what whoever looks after it must know.
struct Ward: Sendable {
    let app: App
    let instance: Instance
    let handle: String
    /// The one a person chose for its release.
    let policy: RestartPolicy
    /// Bytes of memory, nil without a limit.
    let memory: Int64?

    /// `shop web.1`.
    var name: String { "\(app.name) \(instance.name)" }

    /// `limit 512 MB`.
    var limitWords: String {
        guard let memory else { return "it has no limit of its own" }
        return "limit \(memory % (1 << 20) == 0 ? "\(memory >> 20) MB" : byteWords(memory))"
    }

    /// Nil for what is to be left alone: stopped on purpose, being deployed, leaving, or not there.
    static func find(_ id: String, _ host: Host) async throws -> Ward? {
        guard let instance = try await Ps(on: host).instance(id), instance.state == .live,
            let handle = instance.handle
        else { return nil }
        let app: App
        do { app = try await Apps(on: host).find(instance.app) } catch let failure as Failure {
            guard failure.code == .noSuchApp else { throw failure }
            return nil
        }
        guard !app.isStopped, app.current != nil else { return nil }
        let release: Release?
        do { release = try await Releases(on: host).find(instance.release, of: app) } catch let failure as Failure {
            guard failure.code == .notFound else { throw failure }
            release = nil
        }
        let text = release?.settings.restartPolicy ?? Ps.restartPolicy.fallback
        return Ward(
            app: app,
            instance: instance,
            handle: handle,
            policy: (try? RestartPolicy(text)) ?? .unlessStopped,
            memory: release?.settings.limits(of: instance.type).memory
        )
    }
}
