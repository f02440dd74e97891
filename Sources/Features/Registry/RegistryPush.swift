import Core
import Engine
import Store
import Synchronization

/// The push of a new release's image, after its release command and before anything of it starts.
struct RegistryPush: Sendable {
    let host: Host
    let app: App

    init(of app: App, on host: Host) {
        self.app = app
        self.host = host
    }

    /// Pushes, where the app wants that, under the next number and the further tags.
    ///
    /// The names of the registry are taken away here again, so that retention finds our own name alone.
    /// - Returns: What the registry has it under, `repository@sha256:...`; nil when nothing was pushed, or it does not say.
    /// - Throws: ``Failure`` with code ``FailureCode/registryRefused``; the deploy fails then, and nothing was started.
    func run(_ release: Release, _ write: @Sendable (String?, Int) async throws -> Void) async throws -> String? {
        let values = try await Properties("registry", on: host).all(Registries.properties, of: app)
        guard values[Registries.pushOnRelease.name] == "true", let image = release.image else { return nil }
        let target = try PushTarget(values, app: app.name)
        let version = try await host.store.read { [app] in try RegistryTable.version(of: app.id, $0) } + 1
        var digest: String?
        let tags = ["\(version)"] + target.extraTags
        let names = tags.map { "\(target.repository):\($0)" }
        do {
            for name in names {
                try await host.engine.tag(image, as: name)
                digest = try await push(name) ?? digest
            }
        } catch {
            await forget(names)
            throw error
        }
        await forget(names)
        let reference = digest.map { "\(target.repository)@\($0)" }
        try await write(reference, version)
        return reference
    }

    private func push(_ name: String) async throws -> String? {
        let layers = Mutex<[String: String]>([:])
        let began = host.time.uptime()
        host.output.step("Pushing \(name)")
        let auth = try await Registries(on: host).auth(for: name, app)
        do {
            let digest = try await host.engine.push(name, auth: auth) { progress in
                guard let layer = progress.layer, progress.status != "Preparing", progress.status != "Waiting" else {
                    return
                }
                layers.withLock { $0[layer] = progress.status }
            }
            let all = layers.withLock { $0 }
            let there = all.values.count { $0.hasPrefix("Layer already exists") || $0.hasPrefix("Mounted") }
            let took = (host.time.uptime() - began).words
            host.output.detail("\(all.count) layers, \(there) there already, after \(took)")
            return digest
        } catch EngineError.refused(_, let words, _) {
            throw Failure(
                .registryRefused,
                "\(name) could not be pushed",
                why: cleaned(words, keepTabs: false),
                fix: auth == nil
                    ? "slipway registry:login --password-stdin \(app.name) \(RegistryServer(ofImage: name)) USER < FILE"
                    : "check what that login may do, and: slipway registry:report \(app.name)"
            )
        }
    }

    /// A name that stays does no harm but to keep the image.
    private func forget(_ names: [String]) async {
        for name in names { _ = try? await host.engine.removeImage(name) }
    }
}
