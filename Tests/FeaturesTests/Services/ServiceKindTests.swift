import ArgumentParser
import Core
import FoundationEssentials
import Plugins
import SystemPackage
import Testing

@testable import Features

@Suite struct `A kind of service` {
    private func read(_ text: String) throws -> ServiceKind {
        try ServiceKindReader.read(Array(text.utf8), name: try ServiceKindName("tiny"))
    }

    private static let least = """
        [service]
        title = "Tiny"
        image = "tiny"
        version = "1"
        port = 7000
        scheme = "tiny"
        variable = "TINY_URL"
        url = "{{scheme}}://{{user}}:{{user-password}}@{{host}}:{{port}}"

        """

    @Test(arguments: ServiceStage.kinds) func `that comes with the product can be read`(kind: String) throws {
        let name = try ServiceKindName(kind)
        let found = try ServiceKindReader.read(Array(try ServiceStage.text(kind).utf8), name: name)
        #expect(found.hasUsers == (kind != "memcached"))
        #expect((found.actions[.dump] != nil) == (kind != "memcached"))
        #expect((found.actions[.dump] != nil) == (found.actions[.restore] != nil))
        #expect((found.actions[.dump] != nil) == (found.actions[.count] != nil))
    }

    @Test func `has what it says and else what is usual`() throws {
        let kind = try read(Self.least)
        #expect(kind.ports == [7000])
        #expect(kind.upgrade == .inPlace)
        #expect(kind.data.isEmpty && kind.actions.isEmpty && !kind.hasUsers)
        #expect(kind.database(for: try ServiceName("my-db")) == "my_db")
        let more = try read(
            Self.least.replacing("port = 7000", with: "port = 7000\nports = [\"7001\"]\ndatabase = \"name\"")
        )
        #expect(more.ports == [7000, 7001])
        #expect(more.database(for: try ServiceName("my-db")) == "my-db")
        let own = try read(Self.least.replacing("port = 7000", with: "port = 7000\nreserved = [\"a_schema\"]"))
        #expect(own.database(for: try ServiceName("a-schema")) == "a_schema_db", "the server's own is nobody else's")
    }

    @Test(
        arguments: [
            ("[other]\nx = 1\n", "not known in the file"), ("[server]\nx = 1\n", "not known in [server]"),
            ("[server]\ndata = \"/a\"\n", "is to be a list"), ("[server]\ndata = [\"a\"]\n", "no folder"),
            ("[server]\ndata = [\"/a/../b\"]\n", "no folder"),
            ("[server]\n[server.environment]\nA = 1\n", "is to be text"),
            ("[server]\n[server.environment]\n\"A B\" = \"x\"\n", "no variable"),
            ("[server]\n[server.environment]\nA = \"{{nothing}}\"\n", "there is no {{nothing}}"),
            ("[server]\n[server.environment]\nA = \"{{name\"\n", "not closed"),
            ("[server]\n[server.environment]\nA = \"{{user}}\"\n", "no meaning here"),
            ("[server]\n[server.files]\n\"etc/x\" = \"y\"\n", "no path"),
            ("[dump]\nrun = [\"dump\", \"{{password}}\"]\n", "everybody on the host reads arguments"),
            ("[create-user]\nrun = [\"add\", \"{{user-password}}\"]\n[remove-user]\nrun = [\"x\"]\n", "a secret"),
            ("[create-user]\nrun = [\"add\"]\n", "go together"), ("[dump]\nrun = []\n", "wants run"),
            ("[dump]\ninput = \"x\"\n", "wants run"), ("[ready]\nseconds = 0\n", "a number from 1"),
            ("[ready]\nrun = \"x\"\n", "is to be a list"),
        ])
    func `with a mistake is refused, with its line`(more: String, words: String) {
        do {
            _ = try read(Self.least + more)
            Issue.record("\(more) was read")
        } catch {
            let found = error as? TomlError
            #expect(found?.reason.contains(words) == true, "\(more): \(error)")
            #expect((found?.line ?? 0) > 0)
        }
    }

    @Test(
        arguments: [
            ("image = \"tiny\"", "image = \"tiny:1\""), ("image = \"tiny\"", "image = \"Ti ny\""),
            ("version = \"1\"", "version = \"1/2\""), ("port = 7000", "port = 0"), ("port = 7000", ""),
            ("scheme = \"tiny\"", "scheme = \"a b\""), ("TINY_URL", "TINY"), ("title = \"Tiny\"", "title = \"\""),
            ("title = \"Tiny\"", "title = 1"), ("{{user}}", "{{password}}"),
        ])
    func `with a part that cannot be is refused`(old: String, new: String) {
        #expect(throws: TomlError.self) { try read(Self.least.replacing(old, with: new)) }
    }

    @Test func `an upgrade by a dump wants one`() {
        let text = Self.least.replacing("port = 7000", with: "port = 7000\nupgrade = \"dump\"")
        #expect { try read(text) } throws: { ($0 as? TomlError)?.reason.contains("wants [dump]") == true }
    }

    @Test func `of the administrator wins, and one that others may write is refused`() async throws {
        let stage = try ServiceStage()
        try await stage.with { host in
            let kinds = Services(on: host).kinds
            let name = try ServiceKindName("redis")
            #expect(try kinds.find(name).title == "Redis")
            let path = host.paths.plugins.appending("redis").appending("service.toml")
            try FileManager.default.createDirectory(
                atPath: path.removingLastComponent().string,
                withIntermediateDirectories: true
            )
            try Self.least.write(toFile: path.string, atomically: true, encoding: .utf8)
            #expect(try kinds.find(name).title == "Tiny")
            try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: path.string)
            #expect { try kinds.find(name) } throws: { Failure($0).code == .pluginFailed }
            #expect(await stage.run("services:create", "nothing", "db", on: host).said.contains("there are mariadb"))
            #expect(try kinds.names().count == ServiceStage.kinds.count)
        }
    }

    @Test(arguments: ["", "-a", "a-", "A", "a_b", "a.b", "a b", "ä", "a\n", String(repeating: "a", count: 41)])
    func `and a service have names of their own`(text: String) {
        #expect { try ServiceName(text) } throws: { ($0 as? Failure)?.code == .malformed }
        #expect { try ServiceKindName(text) } throws: { ($0 as? Failure)?.code == .malformed }
    }

    @Test func `has secrets of 128 bits`() throws {
        let all = Set((0..<100).map { _ in ServiceSecret.make() })
        #expect(all.count == 100)
        #expect(all.allSatisfy { $0.utf8.count == 32 && UInt64($0.prefix(16), radix: 16) != nil })
        #expect(throws: Failure.self) { try ServiceSecret.check("short") }
        #expect(throws: Failure.self) { try ServiceSecret.check("with'quotesand\"more") }
    }
}
