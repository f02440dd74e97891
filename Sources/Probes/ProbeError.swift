package import Core

/// Why a question got no answer.
package enum ProbeError: Error, Equatable, Explained {
    /// Nobody listens there.
    case refused
    case timedOut
    /// The connection ended before the answer was whole.
    case closedEarly
    /// What came back is not HTTP; the reason is for people.
    case notHTTP(String)
    /// No way leads there, in the kernel's words.
    case unreachable(String)
    /// The question itself cannot be asked: a path, header or address that is none.
    case badQuestion(String)
    case noProcess(Int32)

    package var failure: Failure {
        switch self {
        case .refused: Failure(.unhealthy, "the connection was refused", why: "nobody listens on that port")
        case .timedOut: Failure(.unhealthy, "no answer came in time")
        case .closedEarly: Failure(.unhealthy, "the connection was closed before the answer was complete")
        case .notHTTP(let reason): Failure(.unhealthy, "the answer is not HTTP", why: reason)
        case .unreachable(let reason): Failure(.unhealthy, "the address cannot be reached", why: reason)
        case .badQuestion(let reason): .malformed(reason)
        case .noProcess(let pid): Failure(.exited, "process \(pid) is gone")
        }
    }
}
