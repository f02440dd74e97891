import Core
import Files
import Probes
import Programs
import SystemPackage
import Testing

@testable import Proxying

@Suite(.timeLimit(.minutes(2))) struct `An audit of nginx` {
    private let host: TestNginx

    init() async throws {
        host = try TestNginx()
        try await host.start()
    }

    @Test func `finds nothing on one that is right, and names its sites`() async throws {
        try await host.nginx.publish([host.site("shop")])
        #expect(try await host.nginx.audit() == ProxyAudit(sites: ["shop0001"]))
    }

    @Test func `finds a foreign hand in what all sites stand on, and installing mends it`() async throws {
        try writeFile(host.layout.main, Array("# empty\n".utf8))
        #expect(try await !host.nginx.audit().isInstalled)
        try await host.nginx.install()
        #expect(try await host.nginx.audit() == ProxyAudit(sites: []))
        try removeFile(host.layout.generationFile)
        #expect(try await !host.nginx.audit().isInstalled)
        try await host.nginx.install()
        #expect(try await host.nginx.audit() == ProxyAudit(sites: []))
    }

    @Test func `finds that nginx has not loaded what lies there, and a reload mends it`() async throws {
        try await host.nginx.publish([host.site("shop")])
        let text = try #require(try host.nginx.text(of: host.layout.generationFile))
        let number = try host.nginx.generation()
        try writeFile(host.layout.generationFile, Array(text.replacing("\(number)", with: "\(number + 5)").utf8))
        #expect(try await !host.nginx.audit().isLoaded)
        try await host.nginx.reload()
        #expect(try await host.nginx.audit().isLoaded)
    }

    @Test func `finds that none runs, and that nothing was installed`() async throws {
        let other = try TestNginx()
        let audit = try await other.nginx.audit()
        #expect(!audit.isRunning && !audit.isInstalled)
    }
}
