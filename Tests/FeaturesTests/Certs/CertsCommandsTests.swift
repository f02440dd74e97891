import ArgumentParser
import Core
import Files
import SystemPackage
import Testing

@testable import Features

@Suite final class `certs:* commands` {
    let fake = Fake()
    let host: Host
    let pair: CertificatePair

    init() throws {
        host = try Host.fake(fake)
        pair = try SelfSigned.make([DomainName("shop.example.com")], from: host.time.now(), for: .seconds(3600))
    }

    deinit {
        try? removeTree(fake.folder)
        try? removeTree(outside)
    }

    /// Where a person keeps files.
    private var outside: FilePath { FilePath(fake.folder.string + "-home") }

    private func filesOfAPerson() throws -> [String] {
        let files = [outside.appending("server.crt"), outside.appending("server.key")]
        try writeFile(files[0], Array(pair.chain.utf8))
        try writeFile(files[1], Array(pair.key.utf8))
        return files.map(\.string)
    }

    private func run(_ command: any HostCommand) async throws { try await command.run(on: host) }

    @Test func `certs:add takes two files, says what it is, and never the key`() async throws {
        let app = try await host.deployedApp()
        try await run(CertsAdd.parse(["shop"] + filesOfAPerson()))
        #expect(try await Certs(on: host).find(app) == pair)
        let said = fake.transcript.progress + fake.transcript.answer
        #expect(
            said.contains("-----> Installed the certificate of shop\n       for shop.example.com, until 2027-01-15T")
        )
        for line in pair.key.split(separator: "\n").dropFirst().dropLast() { #expect(!said.contains(line)) }
        try await run(CertsUpdate.parse(["shop"] + filesOfAPerson()))
        #expect(fake.transcript.progress.contains("=====> the certificate of shop is unchanged\n"))
    }

    @Test func `certs:add takes no file of our own, by whichever way`() async throws {
        let app = try await host.deployedApp("one")
        _ = try await host.deployedApp("two")
        _ = try await Certs(on: host).install(pair, app, "certs:add")
        let folder = host.paths.certificates(of: app.id)
        let stolen = ["crt", "key"].map { folder.appending("\(pair.name).\($0)").string }
        let dotted = stolen.map { $0.replacing("/certs/", with: "/certs/../certs/./") }
        for files in [stolen, dotted] {
            await #expect { try await run(CertsAdd.parse(["two"] + files)) } throws: {
                ($0 as? Failure)?.code == .notAllowed
            }
        }
    }

    @Test func `certs:add says what is missing`() async throws {
        _ = try await host.deployedApp()
        await #expect { try await run(CertsAdd.parse(["shop", "/nonexistent.crt", "/nonexistent.key"])) } throws: {
            ($0 as? Failure)?.what == "there is no file \"/nonexistent.crt\""
        }
        await #expect { try await run(CertsAdd.parse(["shop", "/nonexistent.crt"])) } throws: {
            ($0 as? Failure)?.code == .usage
        }
    }

    @Test func `certs:show prints the one or the other, exactly`() async throws {
        let app = try await host.deployedApp()
        await #expect { try await run(CertsShow.parse(["shop", "crt"])) } throws: {
            ($0 as? Failure)?.what == "shop has no certificate"
        }
        _ = try await Certs(on: host).install(pair, app, "certs:add")
        try await run(CertsShow.parse(["shop", "crt"]))
        try await run(CertsShow.parse(["shop", "key"]))
        #expect(fake.transcript.answer == pair.chain + pair.key)
        #expect(throws: (any Error).self) { try CertsShow.parse(["shop", "pem"]) }
    }

    @Test func `certs:generate makes one for the names of the app`() async throws {
        let app = try await host.deployedApp()
        _ = try await Domains(on: host).change(app, "domains:set") { _ in
            [try DomainName("a.example"), try DomainName("b.example")]
        }
        try await run(CertsGenerate.parse(["shop"]))
        let facts = try CertificateFacts(try await Certs(on: host).demand(app))
        #expect(facts.hostnames == ["a.example", "b.example"])
        #expect(facts.expiresAt - facts.startsAt == .seconds(365 * 86400))
        #expect(!fake.transcript.progress.contains("!"))
    }

    @Test func `certs:report has Dokku's keys`() async throws {
        let app = try await host.deployedApp()
        let empty = try await Certs(on: host).reports([app])[app.id] ?? []
        #expect(empty.first { $0.key == "enabled" }?.value == "false")
        _ = try await Certs(on: host).install(pair, app, "certs:add")
        try await run(ReportCommand<CertsCommands>.parse(["shop"]))
        let lines = fake.transcript.answer.split(separator: "\n").map(String.init)
        #expect(lines[0] == "=====> shop ssl information")
        #expect(
            lines.dropFirst().map { String($0.split(separator: ":")[0].drop(while: \.isWhitespace)) } == [
                "Ssl dir", "Ssl enabled", "Ssl expires at", "Ssl hostnames", "Ssl issuer", "Ssl starts at",
                "Ssl subject", "Ssl verified",
            ]
        )
        #expect(lines.contains { $0.hasSuffix(" self signed") })
        #expect(lines.contains { $0.hasSuffix("Jan 15 08:00:00 2027 GMT") })
    }
}
