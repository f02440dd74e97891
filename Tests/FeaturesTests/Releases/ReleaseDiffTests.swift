import Core
import FoundationEssentials
import Scheduling
import Testing

@testable import Features

@Suite struct `a difference of releases` {
    private let old: Release
    private var new: Release

    init() throws {
        old = Release(
            app: try AppID("0000000001"),
            number: 1,
            status: .superseded,
            image: "sha256:" + String(repeating: "a", count: 64),
            revision: try Revision(String(repeating: "1", count: 40)),
            facts: SourceFacts(),
            settings: Settings(),
            reason: "deploy",
            caller: "ana",
            createdAt: Timestamp(milliseconds: 1_800_000_000_000)
        )
        new = old
        new.number = 2
    }

    private func words(_ old: Release, _ new: Release) -> [String] {
        ReleaseDiff(from: old, to: new).changes.map { change in
            "\(change.part.rawValue) \(change.kind.rawValue) \(change.key): \(change.from ?? "-") > \(change.to ?? "-")"
        }
    }

    @Test func `of the same release there is none`() {
        #expect(words(old, new).isEmpty)
        #expect(ReleaseDiff(from: old, to: new).lines == ["       no difference"])
    }

    @Test func `it names keys of configuration and never their values`() throws {
        let (a, b, c) = (try ConfigKey("ADDED"), try ConfigKey("BOTH"), try ConfigKey("CUT"))
        var (old, new) = (old, new)
        old.settings.config = [b: "s3cret-old", c: "s3cret-cut"]
        new.settings.config = [a: "s3cret-added", b: "s3cret-new"]
        new.settings.inherited = [a: "s3cret-global"]
        let diff = ReleaseDiff(from: old, to: new)
        #expect(
            words(old, new) == [
                "config added ADDED: - > -", "config changed BOTH: - > -", "config removed CUT: - > -",
                "globalConfig added ADDED: - > -",
            ]
        )
        #expect(
            diff.lines == [
                "       Config:", "         + ADDED", "         ~ BOTH   (not shown)", "         - CUT",
                "       Global config:", "         + ADDED",
            ]
        )
        let json = String(decoding: try JSONEncoder().encode(diff), as: UTF8.self)
        #expect(!json.contains("s3cret"))
        #expect(json.contains(#""masked":true"#))
    }

    @Test func `it names code, commands, ports, mounts, limits and options`() throws {
        var (old, new) = (old, new)
        new.image = "sha256:" + String(repeating: "b", count: 64)
        new.revision = try Revision(String(repeating: "2", count: 40))
        new.facts.procfile = try Procfile("web: bin/web")
        new.facts.exposed = [try Port(5000)]
        new.settings.ports = [try PortMapping("http:80:3000")]
        old.settings.mounts = [Attachment(source: "/srv/a", target: "/data")]
        new.settings.mounts = [Attachment(source: "/srv/a", target: "/data", isReadOnly: true)]
        new.settings.limits["web", default: WorkloadLimits()].memory = 512 << 20
        old.settings.options = ["ps.restart-policy": "always", "checks.timeout": "60"]
        new.settings.options = ["ps.restart-policy": "no", "checks.timeout": "30"]
        #expect(
            words(old, new).filter { !$0.hasPrefix("code") } == [
                "commands added web: - > bin/web", "ports added exposed: - > 5000", "ports added http:80: - > 3000",
                "mounts changed /data: /srv/a > /srv/a:ro", "limits added web.limit.memory: - > 512m",
                "options changed ps.restart-policy: always > no", "checks changed checks.timeout: 60 > 30",
            ]
        )
        let lines = ReleaseDiff(from: old, to: new).lines
        #expect(lines.contains("         ~ commit  1111111 -> 2222222"))
        #expect(lines.contains("         ~ image   sha256:aaaaaaaaaaaa -> sha256:bbbbbbbbbbbb"))
        #expect(lines.contains("         + web  bin/web"))
    }

    @Test func `it names what app json says, but no value of its variables and headers`() throws {
        var (old, new) = (old, new)
        func source(_ secret: String, _ path: String) throws -> AppJSON {
            try AppJSON(
                Array(
                    """
                    {"formation": {"web": {"quantity": 2}}, "scripts": {"dokku": {"predeploy": "make"}},
                     "env": {"TOKEN": "\(secret)"},
                     "healthchecks": {"web": [{"path": "\(path)",
                       "httpHeaders": [{"name": "Authorization", "value": "\(secret)"}]}]}}
                    """.utf8
                )
            )
        }
        old.facts.appJSON = try source("s3cret-old", "/up")
        new.facts.appJSON = try source("s3cret-new", "/up")
        let masked = ReleaseDiff(from: old, to: new)
        #expect(masked.changes.map(\.key) == ["web check 1", "env TOKEN"])
        #expect(masked.changes.allSatisfy { $0.isMasked })
        #expect(!masked.lines.joined().contains("s3cret"))
        let json = String(decoding: try JSONEncoder().encode(masked), as: UTF8.self)
        #expect(!json.contains("s3cret"))
        #expect(
            words(self.old, new).filter { !$0.hasPrefix("checks") } == [
                "formation added web.quantity: - > 2", "appJSON added env TOKEN: - > -",
                "appJSON added predeploy: - > make",
            ]
        )
        new.facts.appJSON = try source("s3cret-old", "/ready")
        let shown = try #require(ReleaseDiff(from: old, to: new).changes.first)
        #expect(shown.from?.hasPrefix("GET /up, ") == true)
        #expect(shown.to?.hasPrefix("GET /ready, ") == true)
    }

    @Test func `an option that the older record does not know is no difference`() {
        var new = new
        new.settings.options = ["ps.restart-policy": "unless-stopped"]
        #expect(words(old, new).isEmpty)
        #expect(!new.settings.differs(from: old.settings), "the record was made as the default has it")
        new.settings.options = ["ps.restart-policy": "always"]
        #expect(words(old, new).isEmpty)
        #expect(new.settings.differs(from: old.settings))
        var third = new
        third.settings.options["ps.restart-policy"] = "no"
        #expect(third.settings.differs(from: new.settings))
        #expect(third.settings.parts(differingFrom: new.settings) == [.options])
    }

    @Test func `the sentence of a change names every key once`() throws {
        let keys = try ["A", "B", "C", "D"].map { try ConfigKey($0) }
        let change = ConfigChange(
            from: [keys[1]: "x", keys[2]: "x"],
            to: [keys[0]: "1", keys[1]: "2", keys[3]: "3"]
        )
        #expect(change.words == "config: added A D, changed B, removed C")
    }
}
