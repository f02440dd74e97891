import Glibc
import SystemPackage

/// Starts a program that outlives us: `setsid`, standard descriptors away from ours, every other one closed.
///
/// The library for running programs waits for its children; this is the one that nobody waits for. An `init` or
/// subreaper takes it over when we end.
func detached(_ program: Program, log: FilePath?) throws -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let sink = log?.string ?? "/dev/null"
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, sink, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    for descriptor in 3..<max(64, highestDescriptor() + 16) {
        posix_spawn_file_actions_addclose(&actions, Int32(descriptor))
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, spawnInSession)

    var words: [UnsafeMutablePointer<CChar>?] = ([program.path.string] + program.arguments).map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] = program.environment.flat.map { strdup($0) } + [nil]
    defer { for pointer in words + variables { free(pointer) } }
    var process: pid_t = 0
    func start() -> Int32 { posix_spawn(&process, program.path.string, &actions, &attributes, &words, &variables) }
    var patience = Patience()
    var result = start()
    while let pause = patience.pause(after: Errno(rawValue: result)) {
        usleep(useconds_t(pause / .microseconds(1)))
        result = start()
    }
    guard result == 0 else {
        throw ProgramError.notStarted(program: program.name, reason: String(cString: strerror(result)))
    }
    return process
}

extension ProgramEnvironment {
    /// `NAME=value` lines, as `execve` takes them.
    fileprivate var flat: [String] {
        switch self {
        case .exactly(let all): all.map { "\($0.key)=\($0.value)" }
        case .inherited(let added): currentEnvironment().merging(added) { $1 }.map { "\($0.key)=\($0.value)" }
        }
    }
}

private func currentEnvironment() -> [String: String] {
    var result: [String: String] = [:]
    var entry = environ
    while let line = entry.pointee {
        let text = String(cString: line)
        if let mark = text.firstIndex(of: "=") {
            result[String(text[..<mark])] = String(text[text.index(after: mark)...])
        }
        entry += 1
    }
    return result
}

/// POSIX_SPAWN_SETSID of `<spawn.h>`, which hides it behind `_GNU_SOURCE`.
private let spawnInSession: Int16 = 0x80

/// The largest descriptor that is open; glibc passes over the closing of one that is not open.
private func highestDescriptor() -> Int {
    guard let folder = opendir("/proc/self/fd") else { return 1023 }
    defer { closedir(folder) }
    var highest = 2
    while let entry = readdir(folder) {
        let name = withUnsafePointer(to: entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        highest = max(highest, Int(name) ?? 0)
    }
    return highest
}
