import Testing

/// Words that do not stand in the code, or only where a reason is given.
struct WordTests {
    @Test(arguments: ["try!", "as!", "fatalError(", "DispatchSemaphore", "Thread.sleep", "DateFormatter"])
    func `never`(_ word: String) {
        for file in House.sources where !House.isMade(file) { #expect(file.places(of: word).isEmpty) }
    }

    @Test(arguments: ["print(", "debugPrint(", "dump("])
    func `only the output speaks`(_ word: String) {
        for file in House.sources { #expect(file.places(ofWord: word).isEmpty) }
    }

    @Test(arguments: ["Process()", "posix_spawn(", "fork()", "execv(", "execve(", "system("])
    func `one room runs programs`(_ word: String) {
        // A hook is a process of its own; its library has no room to lean on.
        for file in House.sources where !["Programs", "SlipwayHooks"].contains(file.room) {
            #expect(file.places(of: word).isEmpty)
        }
    }

    /// Tasks that are not children of their caller, each with its reason; all four are awaited.
    static let ownTasks = [
        "Sources/Features/Operations/Operations.swift": "what was begun is settled after its caller was cancelled",
        "Sources/Proxying/Nginx.swift": "a switch that has begun comes to its end after its caller was cancelled",
        "Sources/Scheduling/Scheduler.swift": "what was made is taken away after its caller was cancelled",
        "Sources/Repositories/BlobFeed.swift": "one git reads ahead while the tree is walked; it ends with its owner",
    ]

    @Test func `a task of its own is listed with a reason`() {
        for file in House.sources where Self.ownTasks[file.path] == nil {
            let places = ["Task {", "Task(", "Task.detached"].flatMap { file.places(ofWord: $0) }
            #expect(places.isEmpty)
        }
    }

    @Test(arguments: ["@unchecked", "nonisolated(unsafe)", "@preconcurrency"])
    func `what the compiler cannot check has its reason on the line above`(_ word: String) {
        for file in House.sources where !House.isMade(file) {
            let lines = file.lines
            for (index, line) in lines.enumerated() where line.contains(word) && !line.contains("// ") {
                let above = index > 0 ? lines[index - 1].drop(while: \.isWhitespace) : ""
                #expect(above.hasPrefix("//"), "\(file.path):\(index + 1)")
            }
        }
    }

    /// The build cache has no owner; it is cut where a person has said how large it may be (decision 11).
    @Test func `nothing that is not ours is ever swept away`() {
        // A verb of ours may be called so, as Dokku's is; the engine's own is asked for in one place.
        let places = House.sources.filter { file in
            let words = file.room == "Features" ? ["/prune", "prune?"] : ["prune"]
            return words.contains { !file.places(of: $0).isEmpty }
        }
        #expect(places.map(\.path) == ["Sources/Engine/BuildCache.swift"])
    }

    @Test func `every list from the engine is filtered by the instance's label`() {
        let lists = ["/containers/json", "/images/json", "/networks", "/volumes"].map { ".GET, \"\($0)\"" }
        var found = 0
        for file in House.sources where file.room == "Engine" {
            let lines = file.lines
            for (index, line) in lines.enumerated() where lists.contains(where: line.contains) {
                let nearby = lines[max(0, index - 8)...index].joined()
                // The networks of others are looked at for two things: their addresses, to stay clear of them, and to
                // be shown to whoever asks for all.
                let isAboutOthers = line.contains("\\.subnets") || nearby.contains("func everyNetwork()")
                #expect(nearby.contains("ours(") || isAboutOthers, "\(file.path):\(index + 1)")
                found += 1
            }
        }
        #expect(found >= 4, "the lists are asked for in other words now: mend this rule")
    }
}
