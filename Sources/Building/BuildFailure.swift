import Core

/// Why a build failed, put together from the step, what the engine said, and the Dockerfile.
struct BuildFailure {
    /// The step that failed, where one did.
    var step: BuildLedger.Step?
    /// The engine's own words.
    var message: String
    /// The exit status that the engine told apart from its words.
    var code: Int?
    var dockerfile: DockerfileText
    var path: String

    var failure: Failure {
        if isOutOfMemory {
            return Failure(
                .buildOutOfMemory,
                "the build was killed, probably because memory ran out",
                why: "\(place): \(reason)",
                fix: "let the build do less at once, or give the host more memory or swap",
                excerpt: excerpt
            )
        }
        return Failure(.buildFailed, what, why: "\(place): \(reason)", fix: fix, excerpt: excerpt)
    }

    private var instruction: String? { step?.report?.name }

    private var what: String {
        if let image = baseImage { return "the base image \(image) cannot be had" }
        if let instruction { return "the build failed at \(shortened(instruction, to: 60))" }
        return "the build failed"
    }

    /// `Dockerfile line 7: RUN make`, as far as it is known.
    private var place: String {
        guard let instruction else { return path }
        let line = dockerfile.line(of: instruction).map { "\(path) line \($0)" } ?? path
        return "\(line), \(shortened(instruction, to: 200))"
    }

    private var reason: String { exitCode.map { Self.words(forExit: $0) } ?? engineWords }

    private var fix: String? {
        if let exitCode { return exitCode == 127 ? "install the program in an earlier step, or mend its name" : nil }
        if baseImage != nil { return "check the image's name, and the registry's credentials (registry:login)" }
        let copies = instruction.map { $0.hasPrefix("COPY ") || $0.hasPrefix("ADD ") } ?? false
        if copies, engineWords.contains("not found") || engineWords.contains("no such file") {
            return "check that the file is committed, below the build folder, and not in .dockerignore"
        }
        return nil
    }

    private var excerpt: Failure.Excerpt? {
        guard let step, !step.lastLines.isEmpty else { return nil }
        return .init(title: "last lines of \(shortened(instruction ?? step.name, to: 60))", lines: step.lastLines)
    }

    /// BuildKit says it in words, the classic builder as a number too.
    private var exitCode: Int? {
        for words in [step?.error, message].compactMap({ $0 }) {
            if let match = words.firstMatch(of: /(?:exit code: |non-zero code: )(\d+)/) { return Int(match.1) }
        }
        return code.flatMap { $0 > 0 && $0 < 256 ? $0 : nil }
    }

    private var isOutOfMemory: Bool {
        exitCode == 137 || (step?.error ?? message).contains("cannot allocate memory")
    }

    /// The image that a step wanted to start from, or to know about.
    private var baseImage: String? {
        if let instruction {
            guard instruction.uppercased().hasPrefix("FROM ") else { return nil }
            return instruction.split(separator: " ").dropFirst().first { !$0.hasPrefix("--") }.map(String.init)
        }
        let match = step?.name.firstMatch(of: /^\[internal\] load metadata for (\S+)/)
        return match.map { cleaned(String($0.1), keepTabs: false) }
    }

    /// Without the names of the layers that the words came through.
    private var engineWords: String {
        var words = (step?.error ?? message).onOneLine
        let layers = [
            "failed to solve with frontend dockerfile.v0: ", "failed to solve: ", "failed to build LLB: ",
            "failed to create LLB definition: ", "rpc error: code = Unknown desc = ",
        ]
        while let layer = layers.first(where: { words.hasPrefix($0) }) { words.removeFirst(layer.count) }
        return words.isEmpty ? "the engine gave no reason" : shortened(words, to: 500)
    }

    private func shortened(_ text: String, to length: Int) -> String {
        text.count > length ? text.prefix(length - 3) + "..." : text
    }

    /// What a shell or the kernel means by an exit status.
    static func words(forExit code: Int) -> String {
        switch code {
        case 126: "exit 126, the command was found but cannot be executed"
        case 127: "exit 127, the command was not found"
        case 134: "exit 134, it aborted (SIGABRT)"
        case 137: "exit 137, it was killed (SIGKILL)"
        case 139: "exit 139, it crashed (SIGSEGV)"
        case 143: "exit 143, it was told to end (SIGTERM)"
        default: "exit \(code)"
        }
    }
}
