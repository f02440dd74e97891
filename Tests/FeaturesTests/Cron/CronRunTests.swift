import ArgumentParser
import Core
import Engine
import Scheduling
import Store
import Synchronization
import Terminals
import Testing

@testable import Features

/// `cron:run` without `--detach`: joined to the person until the task ends.
@Suite(.timeLimit(.minutes(1))) struct `a task that is run for a person` {
    let fake = Fake()
    let host: Host

    let keys: Ends
    let screen: Ends

    init() throws {
        host = try Host.fake(fake)
        (keys, screen) = (try Ends(), try Ends())
    }

    /// Runs the task near a terminal of the test's own: the signals of a process can be watched once.
    private func attend(_ task: OwnedTask) async throws {
        try await CronRunCommand.parse(["shop", task.id]).run(on: host) {
            try Terminal(input: keys.outlet, output: screen.inlet, error: screen.inlet, signals: [])
        }
    }

    private func task() async throws -> OwnedTask {
        let text = #"{"cron": [{"command": "bin/tidy --all", "schedule": "0 3 * * *"}]}"#
        let app = try await host.deployedApp(appJSON: text)
        return try #require(try await Cron(on: host).tasks(of: app).first)
    }

    @Test(arguments: [0, 1, 7, 255]) func `its exit code is the command's own, and is written down`(_ code: Int)
        async throws
    {
        let task = try await task()
        let program = FarProgram()
        program.say("tidied\n", .stdout)
        program.finish()
        fake.scheduler.onAttend { _ in program.session(status: code) }
        do {
            try await attend(task)
            #expect(code == 0)
        } catch let exit as ExitCode {
            #expect(exit.rawValue == Int32(code) && code != 0)
        }
        #expect(screen.taken == "tidied\n")
        let run = try #require(try await Cron(on: host).runs(of: task.app, task: task, limit: 5).first)
        #expect(run.state == .ended && run.exitCode == code && run.caller == host.caller.name)
    }

    @Test func `it runs the words of app_json in the release that serves`() async throws {
        let task = try await task()
        let program = FarProgram()
        program.finish()
        let seen = Seen()
        fake.scheduler.onAttend { workload in
            seen.keep(workload)
            return program.session(status: 0)
        }
        try await attend(task)
        let workload = try #require(seen.workload)
        #expect(workload.command == ["bin/tidy", "--all"])
        #expect(workload.image == "sha256:seed")
        #expect(workload.labels["com.dokku.cron-id"] == task.id)
    }

    @Test func `one that cannot be started is told, and is no run that ended`() async throws {
        let task = try await task()
        await #expect { try await attend(task) } throws: {
            Failure($0).code == .engineRefused
        }
        let run = try #require(try await Cron(on: host).runs(of: task.app, task: task, limit: 5).first)
        #expect(run.state == .failed && run.exitCode == nil)
    }
}

private final class Seen: Sendable {
    private let last = Mutex<Workload?>(nil)
    var workload: Workload? { last.withLock(\.self) }
    func keep(_ workload: Workload) { last.withLock { $0 = workload } }
}
