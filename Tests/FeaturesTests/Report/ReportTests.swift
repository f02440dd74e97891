import ArgumentParser
import Core
import GRDB
import Store
import Synchronization
import Testing

@testable import Features

@Suite struct `the report of everything` {
    let fake = Fake()
    let host: Host

    init() throws { host = try Host.fake(fake) }

    /// How many statements the database is given while `work` runs.
    private func statements(_ work: () async throws -> Void) async throws -> Int {
        let counter = Counter()
        // Each read has a transaction around it, which asks for nothing.
        try await host.store.write { $0.trace { if "\($0)".contains("SELECT") { counter.next() } } }
        try await work()
        try await host.store.write { $0.trace(nil) }
        return counter.value
    }

    private final class Counter: Sendable {
        private let count = Mutex(0)
        var value: Int { count.withLock { $0 } }
        func next() { count.withLock { $0 += 1 } }
    }

    private func make(_ numbers: Range<Int>) async throws {
        for number in numbers { try await Apps(on: host).create(try AppName("app-\(number)")) }
    }

    @Test func `every noun of an app reports, under its own heading`() async throws {
        try await make(0..<1)
        try await ReportAll.parse(["app-0"]).run(on: host)
        let answer = fake.transcript.answer
        #expect(answer.contains("=====> app-0 app information\n"))
        #expect(answer.contains("=====> app-0 git information\n"))
        #expect(answer.contains("=====> app-0 ssl information\n"))
        #expect(!answer.contains("Git version"))
    }

    @Test func `without an app the machine comes first`() async throws {
        try await make(0..<2)
        try await ReportAll.parse([]).run(on: host)
        let answer = fake.transcript.answer
        #expect(answer.hasPrefix("-----> "))
        #expect(answer.contains("Slipway version:"))
        #expect(answer.contains("=====> app-1 app information\n"))
    }

    @Test(arguments: [["--format", "json"], ["app-0", "--format=json"], ["a", "b"], ["-x"]])
    func `what it does not know is refused`(_ words: [String]) async throws {
        await #expect { try await ReportAll.parse(words).run(on: host) } throws: { Failure($0).code == .usage }
    }

    @Test func `an app that is not there has no report`() async throws {
        await #expect { try await ReportAll.parse(["nowhere"]).run(on: host) } throws: {
            Failure($0).code == .noSuchApp
        }
    }

    @Test func `values of properties are read once, whatever the number of apps and properties`() async throws {
        try await make(0..<10)
        for noun in [GitCommands.self, AppsCommands.self] as [any Noun.Type] {
            let apps = try await Apps(on: host).list()
            let few = try await statements { _ = try await Reports.blocks(noun, Array(apps.prefix(2)), host) }
            let many = try await statements { _ = try await Reports.blocks(noun, apps, host) }
            if noun == AppsCommands.self { #expect(few == many) }
            #expect(many - few <= 8 * 3, "\(noun): \(few) statements for 2 apps, \(many) for 10")
        }
    }

    @Test func `each app more costs a few statements a noun, not one a property`() async throws {
        try await make(0..<10)
        let apps = try await Apps(on: host).list()
        let few = try await statements { _ = try await Report(on: host).blocks(Array(apps.prefix(5))) }
        let many = try await statements { _ = try await Report(on: host).blocks(apps) }
        let properties = Features.all.flatMap(\.properties).count
        let each = (many - few) / 5
        #expect(each <= Report.nouns.count * 4, "\(each) statements an app")
        #expect(each < properties, "\(each) statements an app, \(properties) properties")
    }

    @Test func `every property of a noun that reports stands in its report`() async throws {
        let app = try await host.deployedApp()
        for noun in Report.nouns {
            let own = try await Reports.blocks(noun, [app], host)[0].lines.map(\.key)
            let shared = try await Reports.blocks(noun, [nil], host)[0].lines.map(\.key)
            for property in noun.feature.properties where property.familyPrefix == nil && !property.isReadOnly {
                let keys = Reports.keys(property, isForApp: true)
                #expect(!keys.isEmpty, "\(noun.feature.noun) \(property.name)")
                #expect(Set(keys).isSubset(of: own), "\(noun.feature.noun) \(property.name)")
                guard property.scope != .app else { continue }
                #expect(shared.contains("global-\(property.reportName)"), "\(noun.feature.noun) \(property.name)")
            }
        }
    }
}
