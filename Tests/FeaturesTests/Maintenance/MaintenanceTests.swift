import ArgumentParser
import Core
import Files
import Proxying
import SystemPackage
import Testing

@testable import Features

@Suite final class `maintenance` {
    let fake = Fake()
    let host: Host

    init() throws {
        host = try Host.fake(fake)
        try makeFolder(fake.folder)
    }

    deinit { try? removeTree(fake.folder) }

    private func page(_ app: App) -> MaintenancePage? { fake.proxy.sites[app.id.text]?.maintenance }
    private func run(_ command: any HostCommand) async throws { try await command.run(on: host) }

    private func tar(_ files: [(String, String)]) -> [UInt8] {
        files.flatMap { name, text in
            let bytes = Array(text.utf8)
            let size = Int64(bytes.count)
            return Tar.header(TarHeader(name: name, size: size, mode: 0o644)) + bytes + Tar.padding(size)
        } + Tar.end
    }

    @Test func `an app is worked on until it is disabled, over deploys and renames`() async throws {
        let app = try await host.deployedApp()
        try await run(try MaintenanceEnable.parse(["shop"]))
        #expect(page(app) == MaintenancePage(retryAfter: 300))
        try await run(try MaintenanceEnable.parse(["shop"]))
        #expect(fake.transcript.progress.hasSuffix("=====> maintenance of shop is unchanged\n"))
        try await Control(on: host).restart(app, only: nil)
        #expect(page(app) != nil)
        try await Apps(on: host).rename(app, to: try AppName("store"))
        #expect(page(app) != nil && fake.proxy.sites[app.id.text]?.title == "store")
        try await run(try MaintenanceDisable.parse(["store"]))
        #expect(page(app) == nil)
        try await run(try MaintenanceDisable.parse(["store"]))
        #expect(fake.transcript.progress.hasSuffix("=====> maintenance of store is unchanged\n"))
    }

    @Test func `what nginx refuses stays as it was, and an app that is none is none`() async throws {
        let app = try await host.deployedApp()
        fake.proxy.refuse(with: Failure(.proxyRefused, "no"))
        await #expect(throws: Failure.self) { try await run(try MaintenanceEnable.parse(["shop"])) }
        #expect(try await Maintenance(on: host).isOn(app) == false)
        for command: any HostCommand in [
            try MaintenanceEnable.parse(["none"]), try MaintenanceDisable.parse(["none"]),
            try MaintenanceCustomPage.parse(["none"]), try ReportCommand<MaintenanceCommands>.parse(["none"]),
        ] {
            await #expect { try await run(command) } throws: { ($0 as? Failure)?.code == .noSuchApp }
        }
    }

    @Test func `a page of its own lies where nginx's workers can read it`() async throws {
        let app = try await host.deployedApp()
        let maintenance = Maintenance(on: host)
        let files = try MaintenanceFiles(
            tar([("./maintenance.html", "<h1>"), ("img/a.png", "png"), ("._x.html", "no")])
        )
        #expect(files.all.keys.sorted() == ["assets/img/a.png", "page.html"])
        #expect(try await maintenance.setPage(files, app))
        #expect(try await maintenance.setPage(files, app) == false)
        #expect(page(app) == nil)
        _ = try await maintenance.turn(true, app)
        let folder = try #require(page(app)?.folder)
        #expect(try readFile(folder.appending("page.html")) == Array("<h1>".utf8))
        #expect(try readFile(folder.appending("assets/img/a.png")) == Array("png".utf8))
        for path in [host.paths.root, folder, folder.appending("assets")] {
            #expect(try path.stat().permissions.contains(.otherExecute), "\(path)")
        }
        #expect(try folder.appending("page.html").stat().permissions.contains(.otherRead))
        let other = try MaintenanceFiles(Array("<h2>".utf8))
        #expect(try await maintenance.setPage(other, app))
        #expect(page(app)?.folder != folder)
        #expect(try listFolder(host.paths.maintenance(of: app.id)) == [other.name])
        #expect(try await maintenance.setPage(nil, app))
        #expect(page(app) == MaintenancePage(retryAfter: 300))
    }

    @Test func `hostile archives and what is no page are refused`() throws {
        let bad: [[UInt8]] = [
            [], [0x1f, 0x8b, 0], [0xff, 0xfe, 0xff], tar([("other.html", "x")]), tar([("../maintenance.html", "x")]),
            tar([("/maintenance.html", "x")]), tar([("maintenance.html", "x"), ("a/../../b", "x")]),
            Tar.header(TarHeader(name: "maintenance.html", kind: .symlink(target: "/etc/passwd"))) + Tar.end,
        ]
        for bytes in bad {
            #expect { try MaintenanceFiles(bytes) } throws: {
                [.malformed, .badSource].contains(($0 as? Failure)?.code)
            }
        }
    }

    @Test func `when to come back is a property, and holds at once`() async throws {
        let app = try await host.deployedApp()
        try await run(try MaintenanceEnable.parse(["shop"]))
        try await run(try SetProperty<MaintenanceCommands>.parse(["shop", "retry-after", "60"]))
        #expect(page(app)?.retryAfter == 60)
        try await run(try SetProperty<MaintenanceCommands>.parse(["--global", "retry-after", "90"]))
        try await run(try SetProperty<MaintenanceCommands>.parse(["shop", "retry-after"]))
        #expect(page(app)?.retryAfter == 90)
        await #expect(throws: Failure.self) {
            try await run(try SetProperty<MaintenanceCommands>.parse(["shop", "retry-after", "soon"]))
        }
    }

    @Test func `the report says whether`() async throws {
        _ = try await Apps(on: host).create(try AppName("shop"))
        try await run(try MaintenanceEnable.parse(["shop"]))
        try await run(try ReportCommand<MaintenanceCommands>.parse(["shop", "--maintenance-enabled"]))
        try await run(try ReportCommand<MaintenanceCommands>.parse(["shop", "--format", "json"]))
        #expect(fake.transcript.answer.hasPrefix("true\n{\"computed-retry-after\":\"300\",\"custom-page\":\"false\""))
    }
}
