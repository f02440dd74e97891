import Building
import Core
import Engine
@testable import Features
import Probes
import Programs
import Proxying
import Repositories
import Scheduling
import Store
import Support
import Synchronization
import SystemPackage

extension Host {
    /// A host for unit tests: real state in memory, makers that remember, a transcript instead of a terminal.
    ///
    /// The clock does not wait; `now` starts at a fixed moment and rises by a millisecond a reading.
    static func fake(_ fake: Fake = Fake()) throws -> Host {
        let paths = Paths(root: fake.folder)
        let settings = HostSettings(
            instance: "0badcafe",
            isSandbox: true,
            engineSocket: "/nonexistent.sock",
            subnet: "172.30.0.0/20",
            nginxConfiguration: "/nonexistent.conf",
            nginxPidFile: "/nonexistent.pid",
            httpPort: 8080,
            httpsPort: 8443,
            sshPort: 2222,
            bindAddress: "127.0.0.1",
            sshAddress: "slipway@host"
        )
        let engine = Engine(socket: settings.engineSocket, instance: settings.instance)
        return Host(
            store: try Store.inMemory(migrations: Features.migrations),
            engine: engine,
            scheduler: fake.scheduler,
            builders: Builders(engine: engine),
            repositories: Repositories(root: paths.repositories, programs: .live),
            proxy: fake.proxy,
            probes: fake.probes,
            programs: fake.programs,
            output: fake.transcript.output,
            time: Time(clock: NoWaiting(), uptime: { fake.ticks.uptime() }, now: { fake.ticks.now() }),
            newID: { fake.ticks.identity() },
            paths: paths,
            settings: settings,
            caller: Caller(name: "ana")
        )
    }
}

/// What a fake host stands on; a test looks into it afterwards.
struct Fake: Sendable {
    let scheduler = RecordingScheduler()
    let proxy = RecordingProxy()
    let transcript = TranscriptOutput()
    let ticks = Ticks()
    let folder: FilePath
    var programs = Programs(
        run: { _ in Outcome(ending: .exited(0)) },
        stream: { _, _ in Outcome(ending: .exited(0)) },
        passThrough: { _, _ in .exited(0) },
        detach: { _, _ in 1 }
    )
    var probes = Probes(
        connect: { _, _, _ in .open },
        get: { _ in HTTPAnswer(status: 200) },
        listening: { _ in [] },
        connections: { _ in 0 }
    )

    /// Its root is `folder`, or one that nobody else has.
    init(in folder: FilePath? = nil) {
        self.folder = folder ?? FilePath("/tmp/slipway-fake-\(UInt64.random(in: 0 ... .max))")
        if folder == nil { Sweep.atEnd(self.folder) }
        // A process that has ended answers nobody; a deploy of it must not depend on who is asked first.
        probes.connect = { [scheduler] address, _, _ in scheduler.isDown(address) ? .refused : .open }
    }
}

/// A clock whose sleeps end at once; those of ten seconds and more are limits, and never end by themselves.
struct NoWaiting: Clock {
    typealias Instant = ContinuousClock.Instant
    var now: Instant { .now }
    var minimumResolution: Duration { .zero }
    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        if deadline - .now > .seconds(9) { try await ContinuousClock().sleep(until: deadline) }
        await Task.yield()
    }
}

/// Time and identity that rise by one at every reading.
final class Ticks: Sendable {
    private let count = Mutex<Int64>(0)

    func next() -> Int64 {
        count.withLock {
            $0 += 1
            return $0
        }
    }

    func now() -> Timestamp { Timestamp(milliseconds: 1_800_000_000_000 + next()) }
    func uptime() -> Duration { .milliseconds(next()) }
    func identity() -> String {
        let digits = String(next(), radix: 10)
        return String(repeating: "0", count: max(0, 14 - digits.count)) + digits
    }
}

/// What was said, by stream.
final class TranscriptOutput: Sendable {
    private let texts = Mutex<(answer: String, progress: String)>(("", ""))

    var output: Output {
        Output { stream, text in
            self.texts.withLock { if stream == .answer { $0.answer += text } else { $0.progress += text } }
        }
    }

    var answer: String { texts.withLock { $0.answer } }
    var progress: String { texts.withLock { $0.progress } }
}
