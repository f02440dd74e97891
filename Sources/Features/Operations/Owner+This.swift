import SystemPackage
import Core
import Files
import Glibc
import SystemPackage

extension Owner {
    /// This very process.
    static var this: Owner {
        Owner(process: getpid(), processStart: start(of: getpid()) ?? "", boot: bootID)
    }

    /// Whether the process still lives: same boot, same start.
    var isAlive: Bool { boot == Self.bootID && Self.start(of: process) == processStart }

    private static var bootID: String {
        let bytes = try? readFile("/proc/sys/kernel/random/boot_id")
        return String(decoding: bytes ?? [], as: UTF8.self).trimmed
    }

    /// Field 22 of `/proc/<pid>/stat`; the second field may hold blanks and ends at the last parenthesis.
    private static func start(of process: Int32) -> String? {
        guard let bytes = try? readFile(FilePath("/proc/\(process)/stat")) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > 19 ? String(fields[19]) : nil
    }
}
