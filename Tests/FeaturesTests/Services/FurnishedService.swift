import Core
import FoundationEssentials
import Store
import SystemPackage

@testable import Features

extension Host {
    /// A service with a link and a backup, made of rows alone.
    func furnishService(for app: App) async throws {
        let file = paths.corePlugins.appending("postgres/service.toml")
        try FileManager.default.createDirectory(
            atPath: file.removingLastComponent().string,
            withIntermediateDirectories: true
        )
        try ServiceStage.text("postgres").write(toFile: file.string, atomically: true, encoding: .utf8)
        var service = Service(
            id: try AppID("0000000service".suffix(10).description),
            kind: try ServiceKindName("postgres"),
            name: try ServiceName("db"),
            image: "postgres",
            version: "17",
            password: "secret",
            database: "db",
            createdAt: time.now()
        )
        service.state = .live
        let link = ServiceLink(
            service: service.id,
            app: app.id,
            appName: app.name.text,
            user: "u_shop_1",
            password: "secret",
            variable: try ConfigKey("DATABASE_URL"),
            querystring: "",
            state: .active,
            createdAt: time.now()
        )
        let (made, now) = (service, time.now())
        try await store.write { database in
            try ServicesTable.save(made, database)
            try ServicesTable.save(link, database)
            var backup = ServiceBackup(
                id: 0,
                service: made.id,
                startedAt: now,
                state: .running,
                file: "one.dump",
                cause: "by hand"
            )
            backup.id = try ServicesTable.insert(backup, database)
            (backup.state, backup.items, backup.provenAt, backup.endedAt) = (.good, 3, now, now)
            try ServicesTable.update(backup, database)
        }
    }
}
