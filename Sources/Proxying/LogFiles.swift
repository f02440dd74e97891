package import SystemPackage

/// Log files of a site; nil where logging is off.
package struct LogFiles: Equatable, Sendable {
    package var access: FilePath?
    package var errors: FilePath?

    package init(access: FilePath? = nil, errors: FilePath? = nil) {
        self.access = access
        self.errors = errors
    }
}
