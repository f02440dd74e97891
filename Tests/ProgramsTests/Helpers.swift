import FoundationEssentials
import Glibc
import Programs
import Synchronization
import SystemPackage

func shell(_ script: String) -> Program { Program("/bin/sh", ["-c", script]) }

final class Box<Value: Sendable>: Sendable {
    private let stored: Mutex<Value>

    init(_ value: Value) { stored = Mutex(value) }

    var value: Value { stored.withLock { $0 } }
    func set(_ value: Value) { stored.withLock { $0 = value } }
    func change(_ body: (inout Value) -> Void) { stored.withLock { body(&$0) } }
}

/// The state letter of `/proc/<pid>/stat`; nil when there is no such process.
func state(of process: Int32) -> Character? {
    guard let data = try? Data(contentsOf: URL(filePath: "/proc/\(process)/stat")) else { return nil }
    return String(decoding: data, as: UTF8.self).split(separator: ")").last?.first { $0 != " " }
}

func isRunning(_ process: Int32) -> Bool { state(of: process).map { $0 != "Z" } ?? false }

func end(_ process: Int32) { kill(process, SIGKILL) }

/// The text of a small file, once it is there.
func text(of path: FilePath) -> String? {
    (try? Data(contentsOf: URL(filePath: path.string))).map { String(decoding: $0, as: UTF8.self) }
}
