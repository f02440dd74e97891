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
    /// - Parameters:
    ///   - apps: In the order in which they are begun.
    ///   - host: Whose output hears of failures.
    ///   - isTelling: Whether each app's outcome is said once more at the end, where the lines of several are mixed.
    ///   - work: What is done for each.
    /// - Throws: ``Failure`` with the number of apps that failed.
    func each(
        _ apps: [App],
        _ host: Host,
        isTelling: Bool = false,
        _ work: @escaping @Sendable (App) async throws -> Void
    ) async throws {
        if isSerialByChoice { host.output.detail("one app after the other") }
        let output = host.output
        let failures = await withTaskGroup(of: (AppID, FailureCode?).self) { group in
            var next = apps.makeIterator()
            var failures: [AppID: FailureCode] = [:]
            func begin() {
                guard let app = next.next() else { return }
                group.addTask {
                    do {
                        try await work(app)
                        return (app.id, nil)
                    } catch {
                        let failure = Failure(error)
                        output.warn("\(app.name):")
                        output.failure(failure)
                        return (app.id, failure.code)
                    }
                }
            }
            for _ in 0..<width { begin() }
            while let (app, failure) = await group.next() {
                failures[app] = failure
                begin()
            }
            return failures
        }
        if isTelling {
            for app in apps {
                let word = failures[app.id].map { "failed (\($0.rawValue))" } ?? "done"
                output.heading("\(app.name): \(word)")
            }
        }
        let count = failures.count
        if count > 0 { throw Failure(.someFailed, "\(count) app\(count == 1 ? "" : "s") failed") }
    }
}
