import ArgumentParser
import Core
import Proxying
import Testing

@testable import Features

@Suite struct `ports` {
    let fake = Fake()
    let host: Host

    init() throws { host = try Host.fake(fake) }

    private func run(_ command: any HostCommand) async throws { try await command.run(on: host) }
    private func map(_ app: App) async throws -> [String] { try await Ports(on: host).all(of: app).map(\.text) }

    @Test func `are added, replaced, removed and cleared, each of them twice`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        let steps: [(any HostCommand, [String])] = [
            (try PortsAdd.parse(["shop", "http:80:3000"]), ["http:80:3000"]),
            (
                try PortsAdd.parse(["shop", "https:443:3000", "http:8080"]),
                ["http:80:3000", "http:8080:8080", "https:443:3000"]
            ),
            (try PortsAdd.parse(["shop", "http:80:4000"]), ["http:80:4000", "http:8080:8080", "https:443:3000"]),
            (try PortsRemove.parse(["shop", "8080"]), ["http:80:4000", "https:443:3000"]),
            (try PortsRemove.parse(["shop", "https:443:3000"]), ["http:80:4000"]),
            (try PortsSet.parse(["shop", "grpc:9000:9000"]), ["grpc:9000:9000"]),
            (try PortsClear.parse(["shop"]), []),
        ]
        for (command, expected) in steps {
            try await run(command)
            #expect(try await map(app) == expected)
            #expect(fake.transcript.progress.hasSuffix("Set the ports of shop\n"))
            try await run(command)
            #expect(fake.transcript.progress.hasSuffix("ports of shop are unchanged\n"))
        }
    }

    @Test func `of many that are added at once none is lost`() async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        let all = try (0..<20).map { try PortMapping("http:\(3000 + $0):5000") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for mapping in all {
                group.addTask { [host] in _ = try await Ports(on: host).change(app, "add") { $0 + [mapping] } }
            }
            try await group.waitForAll()
        }
        #expect(try await map(app) == all.map(\.text))
    }

    @Test(arguments: [
        "http", "http:0:1", "http:65536:1", "http:80:5000:1", "ftp:21:21", "udp:53:53", "tcp:22:22", "", "http:a:b",
        "http::", "https:80:5000", "http:443:5000", "http:+80:1",
    ])
    func `what is no mapping changes nothing`(text: String) async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        await #expect { try await run(try PortsAdd.parse(["shop", text])) } throws: {
            ($0 as? Failure)?.code == .malformed
        }
        #expect(try await map(app).isEmpty)
    }

    @Test(arguments: [["http:80:1", "http:80:2"], ["http:81:1", "https:81:1"]])
    func `one port of the host is mapped once`(words: [String]) async throws {
        let app = try await Apps(on: host).create(try AppName("shop"))
        await #expect { try await run(try PortsSet.parse(["shop"] + words)) } throws: {
            ($0 as? Failure)?.what.contains("mapped twice") == true
        }
        #expect(try await map(app).isEmpty)
    }

    @Test func `what nginx does not carry says how it is published`() async throws {
        _ = try await Apps(on: host).create(try AppName("shop"))
        await #expect { try await run(try PortsAdd.parse(["shop", "udp:53:53"])) } throws: {
            ($0 as? Failure)?.fix?.contains("docker-options:add") == true
        }
    }

    @Test func `a running app moves to a release with them`() async throws {
        let app = try await host.deployedApp()
        try await run(try PortsSet.parse(["shop", "http:8080:3000"]))
        #expect(fake.proxy.sites[app.id.text]?.mappings.map(\.hostPort) == [8080])
        #expect(fake.proxy.sites[app.id.text]?.mappings.first?.upstream.first?.hasSuffix(":3000") == true)
    }

    @Test func `the list is a table, or JSON, and what is detected stands in`() async throws {
        try await run(try DomainsAddGlobal.parse(["example.com"]))
        _ = try await host.deployedApp()
        try await run(try PortsList.parse(["shop", "--format", "json"]))
        #expect(fake.transcript.answer == "[{\"container\":5000,\"host\":80,\"scheme\":\"http\"}]\n")
        _ = try await Apps(on: host).create(try AppName("new"))
        await #expect { try await run(try PortsList.parse(["new"])) } throws: { ($0 as? Failure)?.code == .notFound }
    }

    @Test func `the report has Dokku's keys`() async throws {
        _ = try await host.deployedApp()
        try await run(try ReportCommand<PortsCommands>.parse(["shop", "--ports-map-detected"]))
        try await run(try ReportCommand<PortsCommands>.parse(["shop", "--ports-map-json"]))
        try await run(try ReportCommand<PortsCommands>.parse(["shop", "--ports-map-detected-json"]))
        #expect(
            fake.transcript.answer
                == "http:80:5000\n[]\n[{\"container_port\":5000,\"host_port\":80,\"scheme\":\"http\"}]\n"
        )
    }

    @Test func `an app that does not exist`() async throws {
        for command: any HostCommand in [
            try PortsList.parse(["none"]), try PortsAdd.parse(["none", "http:80:1"]), try PortsClear.parse(["none"]),
            try PortsSet.parse(["none", "http:80:1"]), try PortsRemove.parse(["none", "80"]),
            try ReportCommand<PortsCommands>.parse(["none"]),
        ] {
            await #expect { try await run(command) } throws: { ($0 as? Failure)?.code == .noSuchApp }
        }
    }

    @Test func `Dokku's older names are understood`() {
        #expect(Features.command(named: "proxy:ports") == PortsList.self)
        #expect(Features.command(named: "proxy:ports-add") == PortsAdd.self)
        #expect(Features.command(named: "proxy:ports-set") == PortsSet.self)
        #expect(Features.command(named: "proxy:ports-remove") == PortsRemove.self)
        #expect(Features.command(named: "proxy:ports-clear") == PortsClear.self)
    }
}
