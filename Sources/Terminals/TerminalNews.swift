package import Core
import Glibc

/// What happens at a terminal besides typing.
package enum TerminalNews: Sendable, Equatable {
    case resized(TerminalSize)
    /// A signal that would have ended us.
    case signal(Int32)
    /// Nobody reads what we write: the connection is lost.
    case gone
}

extension TerminalSize {
    /// Nil without a terminal, or with one that nobody sized.
    init?(of descriptor: Int32) {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return nil }
        self.init(columns: Int(size.ws_col), rows: Int(size.ws_row))
    }
}

package enum TerminalError: Error, Equatable, Explained {
    case noPipe(Int32)
    /// Nobody reads there any more.
    case gone
    /// Somebody in this process already has the signals.
    case watchedTwice

    package var failure: Failure {
        switch self {
        case .noPipe(let number):
            Failure(.programFailed, "no pipe could be made", why: String(cString: strerror(number)))
        case .gone: Failure(.cancelled, "nobody reads what is written any more")
        case .watchedTwice: Failure(.bug, "two terminals are watched at once")
        }
    }
}
