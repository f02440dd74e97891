import ArgumentParser
import ArgumentParser
import Core
import Store
import Testing

@testable import Features

@Suite("enter")
struct EnterTests {
    let fake = Fake()
    let host: Host
    let enter: Enter

    init() throws {
        host = try .fake(fake)
        enter = Enter(on: host)
    }

    @Test func `the words are an app, a place and a command`() throws {
        func wish(_ words: String...) throws -> EnterWish { try EnterWish(words) }
        #expect(try wish("shop").place == .only)
        #expect(try wish("shop").command == [])
        #expect(try wish("shop", "web").place == .named("web"))
        #expect(try wish("shop", "web.2", "ls", "--", "-la").command == ["ls", "--", "-la"])
        #expect(try wish("shop", "web", "--", "ls", "--help").command == ["ls", "--help"])
        #expect(try wish("shop", "--", "ls").place == .only)
        #expect(try wish("shop", "--", "ls").command == ["ls"])
        #expect(try wish("shop", "--container-id", "abcdef", "ls").place == .container("abcdef"))
        #expect(try wish("shop", "--container-id=abcdef", "ls").command == ["ls"])
    }

    @Test(arguments: [[], ["shop", "--bogus"], ["shop", "--container-id"]])
    func `what is no command line is refused as wrong usage`(_ line: [String]) {
        let refusal = #expect(throws: Failure.self) { try EnterWish(line) }
        #expect(refusal?.code.status == .usage)
    }

    @Test func `a type is its first instance, a number another, an id any`() async throws {
        let app = try await host.deployedApp(web: 2)
        let live = try await Ps(on: host).instances(of: app).filter { $0.state == .live }
        let handles = Dictionary(uniqueKeysWithValues: live.map { ($0.name, $0.handle) })
        #expect(try await enter.handle(.only, of: app) == handles["web.1"])
        #expect(try await enter.handle(.named("web"), of: app) == handles["web.1"])
        #expect(try await enter.handle(.named("web.2"), of: app) == handles["web.2"])
        let handle = try #require(handles["web.2"] ?? nil)
        let name = try #require(fake.scheduler.entries[handle]?.name)
        #expect(try await enter.handle(.container(name), of: app) == handles["web.2"])
    }

    @Test func `what is not there is refused with what is`() async throws {
        let app = try await host.deployedApp()
        let refusal = await #expect(throws: Failure.self) { try await enter.handle(.named("worker"), of: app) }
        #expect(refusal?.code == .notFound)
        #expect(refusal?.why == "it runs web.1")
    }

    @Test func `with several types one must be named`() async throws {
        let app = try await host.deployedApp(procfile: "web: serve\nworker: work\n")
        try await PsScale.parse(["shop", "worker=1"]).run(on: host)
        let refusal = await #expect(throws: Failure.self) { try await enter.handle(.only, of: app) }
        #expect(refusal?.why == "it runs web, worker")
        #expect(try await enter.handle(.named("worker"), of: app) != (try await enter.handle(.named("web"), of: app)))
    }
}
