import Core
import Programs
import Support
import SystemPackage
import Testing

@Suite("Changes under load lose nothing", .serialized, .enabled(if: Sandbox.isWanted), .timeLimit(.minutes(10)))
struct ChangesUnderLoadStory {
    let sandbox: Sandbox

    init() throws { sandbox = try .current() }

    @Test func `config, scale, restart and another domain`() async throws {
        let app = "story-changes"
        let rounds = Sandbox.count(small: 1, full: 10)
        try await sandbox.withApp(app) { _ in
            let address = sandbox.http(sandbox.name(of: app))
            let (_, tallies) = try await under([Load(address, expects: "hello"), .slow(address)]) {
                for round in 1...rounds {
                    try await sandbox.done("config:set", app, "ROUND=\(round)")
                    #expect(try await sandbox.variable("ROUND", of: app) == "\(round)")
                    try await sandbox.done("ps:scale", app, "web=3")
                    try await sandbox.done("ps:scale", app, "web=1")
                    try await sandbox.done("ps:restart", app)
                    let name = "round\(round).example.test"
                    try await sandbox.done("domains:add", app, name)
                    #expect(try await sandbox.http(name).get().body == "hello one\n")
                }
            }
            expectNothingLost(tallies)
            try Results.record("changes", ["quick": tallies[0], "slow": tallies[1]])
            try await sandbox.settle(app, to: 1)
        }
    }

    @Test func `a certificate comes, and is replaced by another`() async throws {
        let app = "story-certs"
        let name = sandbox.name(of: app)
        let first = try await Certificate(for: [name], commonName: "first")
        let second = try await Certificate(for: [name], commonName: "second")
        try await sandbox.withApp(app) { _ in
            #expect(try await sandbox.commonName(shownFor: name) == nil)
            let plain = Load(sandbox.http(name), accepts: [200, 301])
            let (_, before) = try await under([plain]) { try await add(first, to: app) }
            expectNothingLost(before)
            #expect(try await sandbox.commonName(shownFor: name) == "first")

            let secure = Load(sandbox.https(name), expects: "hello")
            let (_, replaced) = try await under([plain, secure]) {
                try await add(second, to: app)
                #expect(try await sandbox.commonName(shownFor: name) == "second")
            }
            expectNothingLost(replaced)
            try Results.record("certs", ["plain": replaced[0], "secure": replaced[1]])
            try await expectRedirectAndHTTP2(name)
        }
    }

    private func add(_ certificate: Certificate, to app: String) async throws {
        _ = try await sandbox.ssh(["certs:add", app], input: certificate.archive).succeeded("certs:add")
    }

    private func expectRedirectAndHTTP2(_ name: String) async throws {
        let redirect = try await sandbox.http(name).get("/a?b=c")
        #expect(redirect.status == 301)
        #expect(redirect[header: "Location"]?.hasPrefix("https://\(name)") == true, "\(redirect)")
        #expect(redirect[header: "Location"]?.hasSuffix("/a?b=c") == true, "\(redirect)")
        let words = [
            "-sk", "--http2", "--resolve", "\(name):\(sandbox.httpsPort):127.0.0.1", "-o", "/dev/null",
            "-w", "%{http_version} %{http_code}", "https://\(name):\(sandbox.httpsPort)/",
        ]
        let seen = try await Finished.run(Program("/usr/bin/curl", words)).succeeded("curl")
        #expect(seen.answer == "2 200")
    }
}
