import Core
import Engine
import Scheduling
import Terminals

/// What `storage:exec` was asked for: our own options stand before the entry, every word behind it is the program's.
struct StorageExecWish: Sendable, Equatable {
    var entry: String
    var image = "alpine:3"
    var user: String?
    /// Empty is a shell.
    var words: [String]

    /// - Throws: ``Failure`` with code ``FailureCode/usage``.
    init(_ line: [String]) throws {
        var rest = line[...]
        while let word = rest.first, word.hasPrefix("--"), word != "--" {
            rest = rest.dropFirst()
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard ["--image", "--as-user"].contains(parts[0]) else {
                throw Self.wrong("\(quoted(word)) is not an option of storage:exec")
            }
            guard let value = parts.count == 2 ? parts[1] : rest.popFirst(), !value.isEmpty else {
                throw Self.wrong("\(parts[0]) needs a value")
            }
            if parts[0] == "--image" { image = try ImageName(value).text } else { user = try Self.user(value) }
        }
        guard let name = rest.popFirst(), name != "--" else { throw Self.wrong("Please specify a storage entry") }
        entry = try EntryName(name).text
        if rest.first == "--" { rest = rest.dropFirst() }
        words = Array(rest)
    }

    /// A number, or two with a colon between them.
    private static func user(_ text: String) throws -> String {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ UInt32($0) != nil }) else {
            throw wrong("--as-user takes a number, or USER:GROUP as numbers")
        }
        return text
    }

    private static func wrong(_ what: String) -> Failure {
        Failure(.usage, what, fix: "slipway storage:exec [--image IMAGE] [--as-user UID] NAME [-- COMMAND...]")
    }
}

extension Storage {
    /// Where a throw-away container has the entry.
    static let place = "/data"

    /// Runs a program in a throw-away container that has the entry, joined to `near`.
    ///
    /// - Returns: Its own exit status, or 137 when it was ended because the person left.
    func attended(_ wish: StorageExecWish, near: Terminal) async throws -> Int32 {
        let entry = try await entry(try EntryName(wish.entry))
        var workload = try await throwaway(wish.words, on: entry.path, image: wish.image)
        if wish.words.isEmpty { workload.command = ["sh", "-c", "cd \(Self.place) && exec sh"] }
        workload.user = wish.user
        workload.terminal = near.isTerminal
        workload.terminalSize = near.isTerminal ? near.size : nil
        workload.openInput = true
        if near.isTerminal, let type = Environment.value("TERM") { workload.environment["TERM"] = type }
        let (scheduler, made) = (host.scheduler, workload)
        return try await Attendance(near: near, isTerminal: near.isTerminal, clock: host.time.clock)
            .attend { try await scheduler.attend(made) }
    }

    /// Runs a program to its end as root of a throw-away container, for what our own user may not do with a folder.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/notAllowed`` when that cannot be done.
    func asRoot(_ words: [String], on path: String) async throws {
        do {
            var workload = try await throwaway(words, on: path, image: "alpine:3")
            workload.user = "0"
            workload.removesItself = false
            let code = try await host.scheduler.run(workload)
            guard code == 0 else { throw Failure(.programFailed, "\(words[0]) ended with \(code)") }
        } catch {
            throw Failure(
                .notAllowed,
                "the owner of \(path) cannot be changed, nor what others wrote there",
                why: "only root may do that, and a container could not either: \(Failure(error).what)",
                fix: "do it as root, or: docker pull alpine:3, and try again"
            )
        }
    }

    private func throwaway(_ words: [String], on path: String, image: String) async throws -> Workload {
        let facts = try await Registries(on: host).fetch(image, for: nil)
        let number = "\((Int(host.newID().suffix(6), radix: 32) ?? 0) % 1_000_000)"
        var workload = Workload(
            name: "storage.\(host.settings.instance).\(number)",
            image: facts.id,
            hostname: "storage"
        )
        workload.command = words
        workload.labels = OneOff.labels(words, from: host.time.now(), limit: RunWish.longest, attendant: .this)
        workload.mounts = [WorkloadMount(source: path, target: Self.place, isReadOnly: false)]
        workload.restartPolicy = "no"
        workload.removesItself = true
        return workload
    }
}
