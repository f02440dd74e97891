import Core
import Files
import Glibc
import Programs
import SystemPackage

/// The hand that makes the machine outside the root what it should be; what is right is left alone and said so.
struct Machine: Sendable {
    /// What stands for `/`: another folder in tests.
    let prefix: FilePath
    let programs: Programs
    let output: Output

    init(prefix: FilePath = "/", programs: Programs = .live, output: Output) {
        self.prefix = prefix
        self.programs = programs
        self.output = output
    }

    /// Where a path of the machine really is.
    func place(_ path: FilePath) -> FilePath {
        prefix == "/" ? path : FilePath(prefix.string + path.string)
    }

    func has(_ path: FilePath) -> Bool { access(place(path).string, F_OK) == 0 }

    /// systemd is the first process (sd_booted(3)).
    var hasSystemd: Bool { has("/run/systemd/system") }

    func say(_ what: String, isChanged: Bool) {
        if isChanged { output.step(what) } else { output.detail("\(what): unchanged") }
    }

    /// Runs a program and hands back how it ended; none is started through a shell.
    func ask(_ words: [String]) async throws -> Outcome {
        try await programs.run(Program(FilePath(words.first ?? ""), Array(words.dropFirst())))
    }

    func run(_ words: [String]) async throws {
        _ = try await programs.succeed(Program(FilePath(words.first ?? ""), Array(words.dropFirst())))
    }

    /// Writes a file whole, if it is not yet what it should be.
    ///
    /// - Returns: Whether it was written.
    /// - Throws: ``Failure`` when its check refuses it; what was there before is there again.
    @discardableResult
    func apply(_ file: MachineFile) async throws -> Bool {
        let path = place(file.path)
        let old = try readFile(path)
        if old == Array(file.text.utf8), mode(of: path) == file.mode {
            say("\(file.path)", isChanged: false)
            return false
        }
        try makeFolder(path.removingLastComponent(), mode: Self.folderMode)
        try await checkCopy(file)
        try writeFile(path, Array(file.text.utf8), mode: file.mode)
        if case .inPlace(let words) = file.check, has(FilePath(words[0])) {
            do {
                try await check(words, file)
            } catch {
                if let old { try writeFile(path, old, mode: file.mode) } else { try removeFile(path) }
                throw error
            }
        }
        say("\(file.path)", isChanged: true)
        return true
    }

    /// Takes a file of ours away.
    func remove(_ path: FilePath) throws {
        guard has(path) else { return }
        try removeFile(place(path))
        output.step("\(path) is not needed any more")
    }

    /// A name with a dot is passed over by sudo, so the copy has no effect while it is looked at.
    private func checkCopy(_ file: MachineFile) async throws {
        guard case .copy(let words) = file.check, has(FilePath(words[0])) else { return }
        let copy = FilePath(place(file.path).string + ".new")
        defer { try? removeFile(copy) }
        try writeFile(copy, Array(file.text.utf8), mode: file.mode)
        try await check(words + [copy.string], file)
    }

    private func check(_ words: [String], _ file: MachineFile) async throws {
        let outcome = try await ask(words)
        guard !outcome.ending.isSuccess else { return }
        let said = (outcome.errorText + outcome.text).split(separator: "\n").suffix(10).map(String.init)
        throw Failure(
            .notSetUp,
            "\(file.path) is not in place: \(words[0]) refuses it",
            why: "\(words.joined(separator: " ")) ended with \(outcome.ending.status)",
            fix: "mend what it names, then: slipway setup",
            excerpt: .init(title: "it said:", lines: said)
        )
    }

    static let folderMode: FilePermissions = [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute]

    private func mode(of path: FilePath) -> FilePermissions? {
        try? path.stat().permissions
    }
}
