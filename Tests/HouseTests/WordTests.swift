import Testing

/// Words that do not stand in the code, or only where a reason is given.
struct WordTests {
    @Test(arguments: ["try!", "as!", "fatalError(", "DispatchSemaphore", "Thread.sleep", "DateFormatter"])
    func `never`(_ word: String) {
        for file in House.sources where !House.isMade(file) { #expect(file.places(of: word).isEmpty) }
    }

    @Test(arguments: ["print(", "debugPrint(", "dump("])
    func `only the output speaks`(_ word: String) {
        for file in House.sources {
            let calls = file.code.filter { line in
                line.text.ranges(of: word).contains { range in
                    guard range.lowerBound > line.text.startIndex else { return true }
                    let before = line.text[line.text.index(before: range.lowerBound)]
                    return !before.isLetter && before != "."
                }
            }
            #expect(calls.isEmpty, "\(file.path)")
        }
    }

    @Test(arguments: ["Process()", "posix_spawn(", "fork()", "execv(", "execve(", "system("])
    func `one room runs programs`(_ word: String) {
        for file in House.sources where file.room != "Programs" { #expect(file.places(of: word).isEmpty) }
    }

    /// Tasks that are not children of their caller, each with its reason; all three are awaited.
    static let ownTasks = [
        "Sources/Features/Operations/Operations.swift": "what was begun is settled after its caller was cancelled",
        "Sources/Proxying/Nginx.swift": "a switch that has begun comes to its end after its caller was cancelled",
        "Sources/Repositories/BlobFeed.swift": "one git reads ahead while the tree is walked; it ends with its owner",
    ]

    @Test func `a task of its own is listed with a reason`() {
        for file in House.sources where Self.ownTasks[file.path] == nil {
            let places = ["Task {", "Task.detached", "Task("].flatMap { file.places(of: $0) }
                .filter { place in !file.places(of: "addTask").contains(place) }
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

    @Test func `nothing that is not ours is ever swept away`() {
        for file in House.sources { #expect(file.places(of: "prune").isEmpty) }
    }

    @Test func `every list from the engine is filtered by the instance's label`() {
        let engine = House.sources.filter { $0.room == "Engine" && !House.isMade($0) }
        for noun in ["/containers/json", "/images/json", "/networks\"", "/volumes\""] {
            let users = engine.filter { !$0.places(of: noun).isEmpty }
            #expect(!users.isEmpty, "\(noun) is asked by nobody: the rule is stale")
            for file in users {
                let isFiltered =
                    file.text.contains("filters") || file.text.contains("ours(") || file.text.contains(".create")
                #expect(isFiltered, "\(file.path) lists \(noun)")
            }
        }
    }
}
