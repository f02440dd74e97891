import Core
import Engine
import FoundationEssentials

/// Listens to the engine for as long as there is one, and comes back to it when it was away.
struct EngineWatch: Sendable {
    /// What the engine is asked to tell of containers.
    static let actions = ["die", "kill", "oom", "start"]
    /// How far back the engine is asked when this begins.
    static let before: Duration = .seconds(60)
    private static let longest: Duration = .seconds(10)

    let host: Host

    init(on host: Host) { self.host = host }

    /// Tells of events, each once, and of the engine's coming and going, until it is cancelled.
    ///
    /// It begins with what the engine remembers of the last minute.
    func run(_ tell: (Supervisor.News) -> Void) async -> Bool {
        let now = Date(timeIntervalSince1970: Double(host.time.now().milliseconds) / 1000)
        var memory = EventMemory(from: now - Self.before.seconds)
        var pause = Duration.seconds(1)
        var isAway = false
        while !Task.isCancelled {
            do {
                _ = try await host.engine.version()
                if isAway { say("the engine is there again") }
                (isAway, pause) = (false, .seconds(1))
                tell(.connected)
                let events = host.engine.events(of: "container", actions: Self.actions, since: memory.since)
                for try await event in events where memory.isNew(event) { tell(.event(event)) }
            } catch {
                if Task.isCancelled { break }
                if !isAway { say("the engine is away: \(Failure(error))") }
            }
            if Task.isCancelled { break }
            isAway = true
            tell(.lost)
            guard (try? await host.time.clock.sleep(for: pause)) != nil else { break }
            pause = min(pause * 2, Self.longest)
        }
        return false
    }

    private func say(_ text: String) { host.output.progress("\(host.time.now().text) \(text)") }
}
