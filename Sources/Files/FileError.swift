package import Core
package import SystemPackage

/// A file that could not be read or written.
package struct FileError: Error, Equatable, Explained {
    package let path: FilePath
    package let cause: Errno

    package init(_ path: FilePath, _ error: any Error) {
        self.path = path
        cause = error as? Errno ?? .ioError
    }

    package var failure: Failure {
        let fix: String? =
            switch cause {
            case .noSpace: "make room on the disk, then try again: nothing was changed"
            case .permissionDenied: "slipway doctor checks owners and modes below the root"
            default: nil
            }
        return Failure(.disk, "\(path) could not be read or written", why: cause.description, fix: fix)
    }
}
