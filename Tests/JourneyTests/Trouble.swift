import Glibc
import Support
import Testing

/// What a change needs and cannot have for a while: nginx, the engine, room on the disk.
struct Trouble: Sendable {
    /// What people are told then.
    let code: String
    /// What they may be told instead of a program inside a container, which has its own words for it.
    var inside: Set<String> = []
    let begin: @Sendable () async throws -> Void
    let end: @Sendable () async throws -> Void

    /// A change that is in trouble from its start.
    func befall(_ way: Way, on stage: Stage) async throws {
        let app = try await stage.app()
        try await way.prepare(stage, app)
        let wasRunning = try await Self.answers(app, stage.sandbox)
        try await begin()
        let result: Result<Void, any Error>
        do {
            let refused = try await way.act(stage, app)
            result = .success(try await check(refused, way, on: stage, app, wasRunning))
        } catch { result = .failure(error) }
        try await end()
        try result.get()
        try await goOn(way, on: stage, after: "\(code) during \(way.name)")
    }

    /// A change whose trouble begins at a step of it: its process is held there for as long as that takes.
    func befall(_ trial: Trial, on stage: Stage) async throws {
        let (app, way) = (try await stage.app(), trial.way)
        try await way.prepare(stage, app)
        let wasRunning = try await Self.answers(app, stage.sandbox)
        let fault = try PlantedFault(.freeze, at: trial.point, in: stage.sandbox)
        async let acting = way.act(stage, app)
        let held = try await Trial.frozen(at: fault, in: stage.sandbox)
        fault.remove()
        let result: Result<Void, any Error>
        do {
            defer { if let process = held.process { kill(process, SIGCONT) } }
            result = .success(try await begin())
        } catch { result = .failure(error) }
        let refused = try await acting
        let seen: Result<Void, any Error>
        do { seen = .success(try await check(refused, way, on: stage, app, wasRunning)) } catch {
            seen = .failure(error)
        }
        try await end()
        try result.get()
        try seen.get()
        try await goOn(way, on: stage, after: "\(code) at \(trial.point) by \(way.name)")
    }

    /// Once the cause is gone nobody repairs anything: the next command finds all in order, or puts it so, and what has
    /// no command of its own (a server that could not be started again) is what the clock looks after.
    private func goOn(_ way: Way, on stage: Stage, after what: String) async throws {
        if let again = way.again { try await again(stage) } else { try await stage.nextCommand() }
        try await stage.run("tick")
        try await Invariants.check(stage.sandbox, after: what)
    }

    /// What was asked for may not need whom nobody can reach; else it says so, with one code and its reason.
    ///
    /// The app serves.
    private func check(_ end: Finished, _ way: Way, on stage: Stage, _ app: String, _ wasRunning: Bool) async throws {
        expectOneMessage(end, way)
        guard wasRunning, !way.takesAway, let name = try await stage.present() else { return }
        // One that is renamed answers by its old name for as long as nginx takes no new one.
        let byOld = try await Self.answers(app, stage.sandbox)
        let byNew = try await Self.answers(name, stage.sandbox)
        #expect(byOld || byNew, "\(way.name): \(end)")
    }

    private func expectOneMessage(_ end: Finished, _ way: Way) {
        guard end.status != 0 else { return }
        let what = way.name
        #expect(!end.err.contains("P999"), "\(what): \(end)")
        // A list of what could not be done has its reasons in its lines.
        if way.listsReasons { return #expect(end.out.contains(/could not|cannot/), "\(what): \(end)") }
        let codes = Set(end.err.matches(of: /\bP\d{3}\b/).map { String($0.0) })
        #expect(codes == [code] || (codes.count == 1 && codes.isSubset(of: inside)), "\(what): \(end)")
        #expect(end.err.contains("why:"), "\(what): \(end)")
    }

    static func answers(_ app: String, _ sandbox: Sandbox) async throws -> Bool {
        // With a certificate the plain port sends on to the other; of an app that is not there no name is answered.
        guard let answer = try? await sandbox.get(app) else { return false }
        return (200..<400).contains(answer.status)
    }
}
