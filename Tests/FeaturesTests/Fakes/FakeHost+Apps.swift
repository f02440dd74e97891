import Core
import Store

@testable import Features

extension Host {
    /// An app that is live at v1, made of rows and recorded instances, as a first push leaves it.
    func deployedApp(_ name: String = "shop", web: Int = 1) async throws -> App {
        let app = try await Apps(on: self).create(try AppName(name))
        try await store.write { try PsTable.scale(app.id, .web, to: web, $0) }
        var release = Release(
            app: app.id,
            number: 0,
            status: .superseded,
            facts: SourceFacts(),
            settings: Settings(),
            reason: "seed",
            caller: "ana",
            createdAt: time.now()
        )
        release.image = "sha256:seed"
        _ = try await Deploys(on: self).run(
            DeployOrder(origin: .release(release), source: "git-push", reason: "deploy seed"),
            on: app
        )
        return try await Apps(on: self).find(app.id)
    }

    /// Deploys another image, as a push that built it does.
    func deploy(_ image: String, _ app: App) async throws {
        var source = try await Releases(on: self).find(1, of: app)
        source.image = image
        try await Deploys(on: self).run(
            DeployOrder(origin: .release(source), source: "git-push", reason: "deploy \(image)"),
            on: app
        )
    }

    /// A release that was built with skip-deploy and waits, as a push leaves it.
    func leaveWaiting(_ number: Int, image: String?, _ app: App) async throws {
        var release = try await Releases(on: self).find(1, of: app)
        (release.number, release.image, release.status) = (number, image, .pending)
        let waiting = release
        try await store.write { try ReleasesTable.insert(waiting, $0) }
    }
}
