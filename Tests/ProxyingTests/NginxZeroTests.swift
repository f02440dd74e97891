import Core
import Files
import SystemPackage
import Testing

@testable import Probes
@testable import Proxying

@Suite(.timeLimit(.minutes(2))) struct `Reloading loses nothing` {
    private let host: TestNginx

    init() async throws {
        host = try TestNginx()
        try await host.start()
        try await host.nginx.publish([host.site("shop")])
    }

    @Test func `requests over kept connections all get 200 while sites are published`() async throws {
        let clients = (0..<4).map { _ in KeptClient(host) }
        let nginx = host.nginx
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in clients {
                group.addTask {
                    for _ in 0..<50 {
                        #expect(try await client.get() == 200)
                        try await Task.sleep(for: .milliseconds(20))
                    }
                }
            }
            for round in 1...10 { try await nginx.publish([host.site("shop", to: [round % 4])]) }
            try await group.waitForAll()
        }
        let reopened = await clients.asyncReduce { await $0.reopened }
        // Counted apart: closed while idle, before any byte of an answer.
        #expect(reopened <= 4 * 10)
    }

    @Test func `after a publish every new request is answered by the new configuration`() async throws {
        for round in 1...10 {
            try await host.nginx.publish([host.site("shop", to: [round % 4])])
            for _ in 0..<20 { #expect(try await host.ask("shop").text == host.instances[round % 4]) }
        }
    }

    @Test func `two publishers at once both succeed`() async throws {
        let other = Nginx(layout: host.layout)
        async let first: Void = host.nginx.publish([host.site("left", to: [1])])
        async let second: Void = other.publish([host.site("right", to: [2])])
        _ = try await (first, second)
        #expect(try await host.ask("left").text == host.instances[1])
        #expect(try await host.ask("right").text == host.instances[2])
    }

    @Test func `a long request is finished by its old worker, which is known as long as it lives`() async throws {
        try await host.nginx.publish([host.site("shop", options: ["proxy-buffering": "off"])])
        let deadline = ContinuousClock.now + .seconds(60)
        let long = try await Connection.open(
            .internet(host.layout.generationAddress, Port(host.layout.httpPort)),
            until: deadline
        )
        try await long.send(Array("GET /slow HTTP/1.1\r\nHost: shop.example.com\r\n\r\n".utf8), until: deadline)
        var reader = HTTPReader(wantsBody: true)
        // The head is here, the instance takes five seconds for the rest.
        #expect(try await reader.push(long.receive(until: deadline)) == nil)
        try await host.nginx.publish([host.site("shop", to: [1])])
        let generation = try host.nginx.generation()
        #expect(try host.nginx.drainingWorkers() >= 1)
        #expect(try host.nginx.hasWorkers(olderThan: generation))
        #expect(try host.nginx.hasWorkers(olderThan: generation + 1))
        // Those of before the long request end at once, whatever comes after them lives.
        while try host.nginx.hasWorkers(olderThan: generation - 1) { try await Task.sleep(for: .milliseconds(20)) }
        var answer: HTTPAnswer?
        while answer == nil { answer = try await reader.push(long.receive(until: deadline)) }
        #expect(answer?.status == 200 && answer?.body.count == 4000)
        while try host.nginx.hasWorkers(olderThan: generation) { try await Task.sleep(for: .milliseconds(20)) }
        #expect(try host.nginx.drainingWorkers() == 0)
    }

    @Test func `a publisher that is cancelled has done all or nothing`() async throws {
        let nginx = host.nginx
        let site = host.site("shop", to: [1])
        let publishing = Task { try await nginx.publish([site]) }
        // Once the journal is there the change has begun.
        while try readFile(host.layout.journal) == nil, try !nginx.isServing(site) { await Task.yield() }
        publishing.cancel()
        _ = await publishing.result
        #expect(try readFile(host.layout.journal) == nil)
        #expect(try await host.ask("shop").text == host.instances[1])
    }
}

/// A client that keeps its connection and opens another only when it was closed before any byte of an answer.
private actor KeptClient {
    private let host: TestNginx
    private var connection: Connection?
    private(set) var reopened = 0

    init(_ host: TestNginx) { self.host = host }

    func get() async throws -> Int {
        let deadline = ContinuousClock.now + .seconds(20)
        while true {
            let isKept = connection != nil
            let port = try Port(host.layout.httpPort)
            let connection =
                if let connection { connection } else {
                    try await Connection.open(.internet(host.layout.generationAddress, port), until: deadline)
                }
            self.connection = connection
            try await connection.send(Array("GET / HTTP/1.1\r\nHost: shop.example.com\r\n\r\n".utf8), until: deadline)
            var reader = HTTPReader(wantsBody: true)
            var first = try await connection.receive(until: deadline)
            if first.isEmpty, isKept {
                self.connection = nil
                reopened += 1
                continue
            }
            while true {
                if let answer = try reader.push(first) {
                    if answer.headers["connection"] == "close" { self.connection = nil }
                    return answer.status
                }
                first = try await connection.receive(until: deadline)
            }
        }
    }
}

extension [KeptClient] {
    fileprivate func asyncReduce(_ part: (KeptClient) async -> Int) async -> Int {
        var sum = 0
        for client in self { sum += await part(client) }
        return sum
    }
}
