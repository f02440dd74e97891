import ArgumentParser
import Core
import Engine
import Files
import Programs
import Repositories
import Scheduling
import Store
import Support
import SystemPackage
import Testing

@testable import Features

@Suite(.timeLimit(.minutes(1))) struct `the end of an app, and the way back` {
    let fake = Fake()
    let engine = FakeEngine()

    private func name(_ text: String) throws -> AppName { try AppName(text) }

    /// An app that runs, with a domain, a certificate, a variable, a volume and an image.
    private func shop(on host: Host) async throws -> App {
        let app = try await host.deployedApp()
        let labels = [Engine.instanceLabel: host.settings.instance, Engine.appLabel: app.id.text]
        let volume = Storage.volume("data", of: app, host.settings)
        engine.change { state in
            state.images["sha256:seed"] = .init(
                tags: [Images.tag(app, 1, host)],
                labels: labels,
                layers: [("base", 1000), ("own", 200)]
            )
            state.images["sha256:base"] = .init(tags: ["base:latest"], labels: [:], layers: [("base", 1000)])
            state.volumes[volume] = .init(labels: labels, size: 7)
            state.volumes["foreign"] = .init(labels: [:], size: 9)
        }
        let domain = try DomainName("shop.example.com")
        try await host.store.write { database in
            try DomainsTable.replace(app.id, with: [domain], database)
            try DomainsTable.setMode(app.id, isEnabled: true, isOwn: true, database)
            try CertsTable.set(app.id, to: CertificatePair(chain: "c", key: "k"), at: .now, database)
            try StorageTable.replace(
                app.id,
                with: [Attachment(source: "data", target: "/data")],
                database
            )
        }
        _ = try await Properties("disk", on: host).set(Disk.logCap, to: "7", of: app)
        try writeFile(host.repositories.path(of: app.id).appending("HEAD"), Array("ref".utf8))
        try writeFile(host.paths.logs(of: app.id).appending("v1.log"), Array("said\n".utf8))
        return app
    }

    @Test func `frees the name, the domains, the image and the files, and keeps the rest for seven days`() async throws
    {
        try await engine.with(fake) { host in
            let app = try await shop(on: host)
            let apps = Apps(on: host)
            let farewell = try await apps.destroy(app)
            #expect(farewell.images == 1 && farewell.imageBytes == 200)
            #expect(farewell.fileBytes > 0 && farewell.domains == 1 && farewell.releases == 1)
            #expect(farewell.hasCertificate && farewell.volumes.count == 1)
            #expect(engine.images.keys.sorted() == ["sha256:base"])
            #expect(engine.volumes.count == 2)
            #expect(fake.scheduler.entries.isEmpty && fake.proxy.sites.isEmpty)
            #expect(try listFolder(host.paths.logs(of: app.id)).isEmpty)
            #expect(!host.repositories.exists(app.id))
            #expect(try await apps.lookUp(app.name) == nil)
            #expect(try await apps.list().isEmpty)
            #expect(try await apps.addressed(app.name) == nil)
            let archived = try #require(try await apps.archived(app.name))
            let archive = try #require(archived.archive)
            #expect(archive.until - archive.since == .seconds(7 * 24 * 3600))
            await #expect(throws: Failure.noSuchApp(app.id.text)) { try await apps.find(app.id) }
            // Another app may have the name and the domain now.
            let other = try await apps.create(app.name)
            try await host.store.write { try DomainsTable.replace(other.id, with: archive.domains, $0) }
        }
    }

    @Test func `brings back name, domains, certificate, settings and volumes, and runs nothing`() async throws {
        try await engine.with(fake) { host in
            let app = try await shop(on: host)
            let apps = Apps(on: host)
            _ = try await apps.destroy(app)
            let archived = try #require(try await apps.archived(app.name))
            #expect(try await apps.restore(archived, as: app.name).isEmpty)
            let back = try await apps.find(app.name)
            #expect(back.id == app.id && back.current == nil && back.archive == nil)
            #expect(try await Domains(on: host).names(of: back).map(\.text) == ["shop.example.com"])
            #expect(try await Certs(on: host).find(back) == CertificatePair(chain: "c", key: "k"))
            #expect(try await Storage(on: host).mounts(of: back).map(\.target) == ["/data"])
            #expect(try await Properties("disk", on: host).effective(Disk.logCap, of: back) == "7")
            #expect(try await Releases(on: host).all(of: back).map(\.status) == [.superseded])
            #expect(try await apps.archives().isEmpty)
            #expect(engine.volumes.count == 2)
            #expect(fake.scheduler.entries.isEmpty && fake.proxy.sites.isEmpty)
        }
    }

    @Test func `tells --as where the name is taken, and leaves out a domain that is another's`() async throws {
        try await engine.with(fake) { host in
            let app = try await shop(on: host)
            let apps = Apps(on: host)
            _ = try await apps.destroy(app)
            let other = try await apps.create(app.name)
            let domain = try DomainName("shop.example.com")
            try await host.store.write { try DomainsTable.replace(other.id, with: [domain], $0) }
            let archived = try #require(try await apps.archived(app.name))
            let failure = await #expect(throws: Failure.self) { try await apps.restore(archived, as: app.name) }
            #expect(failure?.code == .taken && failure?.fix?.contains("--as") == true)
            #expect(try await apps.archived(app.name)?.archive == archived.archive)
            #expect(try await apps.restore(archived, as: name("old-shop")) == [domain])
            let back = try await apps.find(name("old-shop"))
            #expect(back.id == app.id)
            #expect(try await Domains(on: host).names(of: back).isEmpty)
            #expect(try await host.store.read { try !DomainsTable.mode(back.id, $0).isOwn })
            #expect(try await host.store.read { try DomainsTable.own(other.id, $0) } == [domain])
        }
    }

    @Test func `with purge nothing stays but what something else uses, and that goes once it is free`() async throws {
        try await engine.with(fake) { host in
            let app = try await shop(on: host)
            let volume = Storage.volume("data", of: app, host.settings)
            engine.change { $0.volumes[volume]?.isInUse = true }
            let farewell = try await Apps(on: host).destroy(app, isPurging: true)
            #expect(farewell.until == nil && farewell.left.count == 1)
            #expect(try await Apps(on: host).archives().isEmpty)
            #expect(try await host.store.read { try AppsTable.everything($0) }.isEmpty)
            #expect(engine.volumes.keys.sorted() == ["foreign", volume])
            engine.change { $0.volumes[volume]?.isInUse = false }
            try await Tick(on: host).run()
            #expect(engine.volumes.keys.sorted() == ["foreign"])
        }
    }

    @Test func `whoever may not see an app can neither end it nor bring it back`() async throws {
        let folder = try TemporaryFolder()
        var fake = Fake(in: folder.path)
        fake.programs = .live
        try folder.write("plugins/veil/plugin.toml", "[plugin]\nversion = \"1\"\n")
        try folder.write("plugins/veil/hooks/user-auth-app", "#!/bin/sh\necho blog\n", mode: 0o755)
        try await engine.with(fake) { host in
            _ = try await shop(on: host)
            var stranger = host
            stranger.caller = Caller(name: "bob", key: 1)
            for words in [["shop", "--force"], ["shop", "--force", "--purge"]] {
                await #expect { try await AppsDestroy.parse(words).run(on: stranger) } throws: {
                    Failure($0).code == .noSuchApp && Failure($0).why == nil
                }
            }
            try await AppsDestroy.parse(["shop", "--force"]).run(on: host)
            await #expect { try await AppsRestore.parse(["shop"]).run(on: stranger) } throws: {
                Failure($0).code == .notFound
            }
            await #expect { try await AppsDestroy.parse(["shop", "--force", "--purge"]).run(on: stranger) } throws: {
                Failure($0).code == .noSuchApp && Failure($0).why == nil
            }
            let before = fake.transcript.answer
            try await AppsArchives.parse([]).run(on: stranger)
            #expect(fake.transcript.answer == before)
            try await AppsArchives.parse([]).run(on: host)
            #expect(fake.transcript.answer.contains("shop"))
        }
    }

    @Test func `tick removes an archive past its day, and no other`() async throws {
        try await engine.with(fake) { host in
            let app = try await shop(on: host)
            _ = try await Apps(on: host).destroy(app)
            try await Tick(on: host).run()
            #expect(try await Apps(on: host).archives().count == 1)
            var later = host
            let past = host.time.now() + .seconds(7 * 24 * 3600 + 60)
            later.time.now = { past }
            try await Tick(on: later).run()
            #expect(try await Apps(on: host).archives().isEmpty)
            #expect(engine.volumes.keys.sorted() == ["foreign"])
            #expect(fake.transcript.progress.contains("The archive of shop is past its day"))
        }
    }

    @Test func `what waited for the lock finds no app any more`() async throws {
        try await engine.with(fake) { host in
            let app = try await shop(on: host)
            _ = try await Apps(on: host).destroy(app)
            let failure = await #expect(throws: Failure.self) { try await Control(on: host).stop(app) }
            #expect(failure?.code == .noSuchApp)
            let second = await #expect(throws: Failure.self) { _ = try await Apps(on: host).destroy(app) }
            #expect(second?.code == .noSuchApp)
            #expect(try await Apps(on: host).archived(app.name)?.archive?.domains.count == 1)
        }
    }

    @Test(arguments: [nil, "no", "yes"])
    func `one that its process left is finished as it was begun, or not begun`(_ note: String?) async throws {
        try await engine.with(fake) { host in
            let app = try await shop(on: host)
            try await host.begin("destroy", of: app.id, notes: note.map { ["purge": $0] } ?? [:])
            try await Tick(on: host).run()
            #expect(try await Apps(on: host).list().count == (note == nil ? 1 : 0))
            #expect(try await Apps(on: host).archives().count == (note == "no" ? 1 : 0))
            #expect(engine.volumes.count == (note == "yes" ? 1 : 2))
            try await Tick(on: host).run()
            #expect(try await Apps(on: host).archives().count == (note == "no" ? 1 : 0))
        }
    }

    @Test func `leaves alone what somebody made by hand from an image of the app`() async throws {
        try await engine.with(fake) { host in
            let app = try await shop(on: host)
            var workload = Workload(name: "curious", image: "sha256:seed", hostname: "x")
            workload.labels = [Engine.appLabel: app.id.text, "slipway.operation": ""]
            let handle = try await host.scheduler.create(workload)
            let labels = workload.labels.merging([Engine.instanceLabel: host.settings.instance]) { $1 }
            engine.change { $0.containers[handle] = .init(name: "curious", image: "sha256:seed", labels: labels) }
            let farewell = try await Apps(on: host).destroy(app)
            #expect(fake.scheduler.entries.keys.sorted() == [handle])
            #expect(farewell.images == 0 && engine.images.count == 2)
            // Once that container is gone the image goes too.
            engine.change { $0.containers = [:] }
            try await Tick(on: host).run()
            #expect(engine.images.keys.sorted() == ["sha256:base"])
        }
    }

    @Test func `the commands say what is freed, what is kept, and how to get it back`() async throws {
        try await engine.with(fake) { host in
            _ = try await shop(on: host)
            try await AppsDestroy.parse(["shop", "--force"]).run(on: host)
            let said = fake.transcript.progress
            #expect(said.contains("removed: 1 image, 200 B freed"))
            #expect(said.contains("1 domain, the certificate, volumes slipway-0badcafe-"))
            #expect(said.contains("apps:restore shop"))
            try await AppsArchives.parse(["--format", "json"]).run(on: host)
            #expect(fake.transcript.answer.contains("\"app\":\"shop\""))
            let again = await #expect(throws: Failure.self) {
                try await AppsDestroy.parse(["shop", "--force"]).run(on: host)
            }
            #expect(again?.code == .noSuchApp && again?.fix?.contains("--purge") == true)
            try await AppsRestore.parse(["shop", "--as", "shop2"]).run(on: host)
            #expect(fake.transcript.progress.contains("Restored shop as shop2"))
        }
    }
}
