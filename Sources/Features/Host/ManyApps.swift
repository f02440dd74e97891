import Core

/// One piece of work for many apps: one after the other, or a few side by side.
struct ManyApps: Sendable {
    /// From 1.
    let width: Int
    private let isSerialByChoice: Bool

    /// - Parameter parallel: As Dokku has it: 0 and 1 are one after the other, -1 is one for each processor.
    /// - Throws: ``Failure`` with code ``FailureCode/usage`` for other negative numbers.
    init(parallel: Int?) throws {
        guard let parallel else {
            (width, isSerialByChoice) = (1, false)
            return
        }
        guard parallel >= -1, parallel <= 256 else {
            throw Failure(.usage, "--parallel \(parallel) cannot be", fix: "use 1 to 256, or -1 for each processor one")
        }
        width = parallel == -1 ? Host.processors : max(1, parallel)
        isSerialByChoice = parallel == 0 || parallel == 1
    }

    /// Failures of single apps are said as they come and keep no other app waiting.
    ///
    /// - Throws: ``Failure`` with the number of apps that failed.
    func each(_ apps: [App], _ host: Host, _ work: @escaping @Sendable (App) async throws -> Void) async throws {
        if isSerialByChoice { host.output.detail("one app after the other") }
        let output = host.output
        let failed = await withTaskGroup(of: Bool.self) { group in
            var (next, failed) = (apps.makeIterator(), 0)
            func begin() {
                guard let app = next.next() else { return }
                group.addTask {
                    do {
                        try await work(app)
                        return false
                    } catch {
                        output.warn("\(app.name):")
                        output.failure(Failure(error))
                        return true
                    }
                }
            }
            for _ in 0..<width { begin() }
            while let hasFailed = await group.next() {
                if hasFailed { failed += 1 }
                begin()
            }
            return failed
        }
        if failed > 0 { throw Failure(.startFailed, "\(failed) app\(failed == 1 ? "" : "s") failed") }
    }
}
