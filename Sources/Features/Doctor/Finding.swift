import Core

/// What one look at the host or an app has shown.
struct Finding: Sendable, Equatable, Encodable {
    enum Level: String, Sendable, Encodable {
        case pass = "PASS"
        case warn = "WARN"
        case fail = "FAIL"
    }

    /// The word under which it is listed.
    var check = ""
    var level: Level
    var fact: String
    /// A command to type or a line to edit.
    var cure: String?
    /// What `explain` tells more of.
    var code: FailureCode?

    static func pass(_ fact: String) -> Finding { Finding(level: .pass, fact: fact) }

    static func warn(_ fact: String, cure: String?, _ code: FailureCode? = nil) -> Finding {
        Finding(level: .warn, fact: fact, cure: cure, code: code)
    }

    static func fail(_ fact: String, cure: String?, _ code: FailureCode? = nil) -> Finding {
        Finding(level: .fail, fact: fact, cure: cure, code: code)
    }

    /// A look that failed itself.
    static func fail(_ error: any Error) -> Finding {
        let failure = Failure(error)
        let why = failure.why.map { ": \($0)" } ?? ""
        return .fail(failure.what + why, cure: failure.fix, failure.code)
    }

    /// One line, and the cure under it.
    var lines: [String] {
        let head = "\(level.rawValue)  \(check.padded(to: 12)) \(code.map { "\($0.rawValue) " } ?? "")\(fact)"
        return [head] + (cure.map { ["\(String(repeating: " ", count: 19))fix: \($0)"] } ?? [])
    }
}

/// A number of bytes and of files that are left on a file system.
struct DiskSpace: Sendable, Equatable {
    var free: Int64
    var total: Int64
    var freeFiles: Int64
    var totalFiles: Int64

    /// What is left for builds and for SQLite's next transaction.
    func finding(_ path: String) -> Finding {
        let fact = "\(byteWords(free)) of \(byteWords(total)) free at \(path)"
        let cure = "remove what is not needed: docker system df, and logs below /var/log"
        // Some file systems have no fixed number of files and say 0.
        let isOutOfFiles = totalFiles > 0 && freeFiles < totalFiles / 50
        if isOutOfFiles { return .fail("\(freeFiles) of \(totalFiles) files left at \(path)", cure: cure, .disk) }
        if free < 512 << 20 || free < total / 100 { return .fail(fact, cure: cure, .disk) }
        if free < 2 << 30 || free < total / 20 { return .warn(fact, cure: cure, .disk) }
        return .pass(fact)
    }
}
