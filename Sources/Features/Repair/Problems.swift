import Core

/// Why parts of a repair did not work; the others go on.
struct Problems: Sendable {
    private var reasons: [String: String] = [:]

    /// Runs a part of the work; what it throws is kept as the reason why that part is not mended.
    ///
    /// - Throws: When the lock was lost or the caller was cancelled: then nothing may go on.
    mutating func gather(_ kind: Difference.Kind, _ target: String = "", _ work: () async throws -> Void) async throws {
        do { try await work() } catch { try add(kind, target, error) }
    }

    mutating func add(_ kind: Difference.Kind, _ target: String, _ error: any Error) throws {
        if error is CancellationError || (error as? Failure)?.code == .lostLock { throw error }
        reasons[Self.key(kind, target)] = Failure(error).sentence
    }

    /// Nil when it worked.
    func reason(of difference: Difference) -> String? {
        reasons[Self.key(difference.kind, difference.target)] ?? reasons[Self.key(difference.kind, "")]
    }

    private static func key(_ kind: Difference.Kind, _ target: String) -> String { "\(kind.rawValue) \(target)" }
}

extension Failure {
    /// All that is known of it, in one line.
    var sentence: String {
        "\(code.rawValue) \(what)" + (why.map { ": \($0)" } ?? "")
    }
}
