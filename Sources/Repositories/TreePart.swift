/// A piece of a commit that is being made: a file is announced, then its bytes follow.
package enum TreePart: Equatable, Sendable {
    /// A relative path, the exact number of bytes that follow, and whether it is a program.
    case file(path: String, size: Int64, isExecutable: Bool)
    /// The next bytes of the file announced last.
    case bytes([UInt8])
    case link(path: String, target: String)
}
