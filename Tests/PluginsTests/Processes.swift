import Files
import Glibc
import SystemPackage

func text(of path: FilePath) throws -> String { String(decoding: try readFile(path) ?? [], as: UTF8.self) }

/// Whether a process is there and no zombie.
func isRunning(_ process: Int32) -> Bool {
    guard let bytes = try? readFile(FilePath("/proc/\(process)/stat")) else { return false }
    let state = String(decoding: bytes, as: UTF8.self).split(separator: ")").last?.first { $0 != " " }
    return state != "Z"
}

func end(_ process: Int32) { kill(process, SIGKILL) }

func ignorePipeSignals() { signal(SIGPIPE, SIG_IGN) }
