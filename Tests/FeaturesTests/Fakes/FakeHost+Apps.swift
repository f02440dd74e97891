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
}
