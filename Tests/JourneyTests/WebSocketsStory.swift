import FoundationEssentials
import Support
import SystemPackage
import Testing

@Suite(
    "Web sockets of one app survive the deploys of another",
    .serialized,
    .enabled(if: Sandbox.isWanted),
    .timeLimit(.minutes(Sandbox.count(small: 10, full: 30)))
)
struct WebSocketsStory {
    let sandbox: Sandbox

    init() throws { sandbox = try .current() }

    @Test func `none is cut, and nginx does not grow`() async throws {
        let (app, neighbour) = ("story-sockets", "story-deploys")
        let count = Sandbox.count(small: 60, full: 1000)
        try await sandbox.withApp(app, TestApps.echoes) { _ in
            try await sandbox.done("ps:scale", app, "web=4")
            try await sandbox.settle(app, to: 4)
            try await sandbox.withApp(neighbour) { repo in
                let sockets = try await open(count, app)
                let before = try nginxMemory()
                let pinging = Task { try await pings(sockets) }
                for number in 1...Sandbox.count(small: 3, full: 20) {
                    try await repo.commit(TestApps.page("\(number)"), message: "Say \(number)")
                    _ = try await repo.push(to: sandbox, neighbour).succeeded("push \(number)")
                }
                // One more round after the last deploy.
                try await Task.sleep(for: interval)
                pinging.cancel()
                let (rounds, cut) = try await pinging.value
                let after = try nginxMemory()
                #expect(cut.isEmpty, "\(cut.count) of \(count) were cut")
                #expect(sockets.filter { !$0.isOpen }.isEmpty)
                #expect(rounds >= 2)
                let draining = try await sandbox.slipway("nginx:report", app, "--nginx-workers-shutting-down").answer
                #expect((Int(draining) ?? 0) > 0, "workers that hold the sockets are reported")
                #expect(after < before * 2 + 20 << 20, "nginx had \(before) bytes, now \(after)")
                try Results.record(
                    "web-sockets",
                    ["sockets": count, "cut": cut.count, "rounds": rounds, "before": before, "after": after]
                )
                for socket in sockets { await socket.close() }
            }
        }
    }

    private let interval = Duration.seconds(Sandbox.count(small: 2, full: 20))

    /// A few at a time: the server's own queue of new connections is short.
    private func open(_ count: Int, _ app: String) async throws -> [WebSocket] {
        let address = sandbox.http(sandbox.name(of: app))
        return try await withThrowingTaskGroup(of: WebSocket.self) { group in
            var sockets: [WebSocket] = []
            for number in 0..<count {
                if number >= 4, let socket = try await group.next() { sockets.append(socket) }
                group.addTask { try await WebSocket.open(address) }
            }
            for try await socket in group { sockets.append(socket) }
            return sockets
        }
    }

    /// Pings all of them, round after round, until it is cancelled; a round that has begun is ended.
    private func pings(_ sockets: [WebSocket]) async throws -> (rounds: Int, cut: Set<Int>) {
        var (rounds, cut): (Int, Set<Int>) = (0, [])
        while !Task.isCancelled {
            let number = UInt8(rounds % 200)
            cut.formUnion(await Task { await Self.round(sockets, number) }.value)
            rounds += 1
            try? await Task.sleep(for: interval)
        }
        return (rounds, cut)
    }

    private static func round(_ sockets: [WebSocket], _ number: UInt8) async -> Set<Int> {
        await withTaskGroup(of: Int?.self) { group in
            for (place, socket) in sockets.enumerated() {
                group.addTask { (try? await socket.ping(number)) == true ? nil : place }
            }
            return await group.reduce(into: []) { if let place = $1 { $0.insert(place) } }
        }
    }

    /// Bytes of the sandbox's nginx, what its processes share counted once (`Pss` of proc(5)).
    private func nginxMemory() throws -> Int {
        let text = try String(contentsOfFile: sandbox.folder.appending("nginx.pid").string, encoding: .utf8)
        let master = text.split(whereSeparator: \.isWhitespace).joined()
        let children = try String(contentsOfFile: "/proc/\(master)/task/\(master)/children", encoding: .utf8)
        let processes = [master] + children.split(separator: " ").map(String.init)
        return processes.reduce(0) { sum, process in
            let rollup = (try? String(contentsOfFile: "/proc/\(process)/smaps_rollup", encoding: .utf8)) ?? ""
            let line = rollup.split(separator: "\n").first { $0.hasPrefix("Pss:") }
            return sum + (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
        }
    }
}
