import Core
import Store
import Testing

@testable import Features

@Suite struct `A change of a server` {
    let stage: ServiceStage

    init() throws { stage = try ServiceStage() }

    @Test func `keeps what is written of it without its lock meanwhile`() async throws {
        try await stage.with { host in
            let service = try await stage.create(on: host)
            let services = Services(on: host)
            for round in 1...30 {
                async let isChanged = services.change(service, "set") { $0.memory = Int64(round) << 20 }
                for step in 1...5 {
                    _ = try await services.write(service, "set", "") { $0.keep = 10 * round + step }
                }
                #expect(try await isChanged)
                let now = try await stage.find("postgres", "db", host)
                #expect(now.memory == Int64(round) << 20 && now.keep == 10 * round + 5)
            }
        }
    }
}
