/// What to build, in the builder's own words: names, a way to read one file, and a way to get all as a tar.
package struct SourceTree: Sendable {
    /// Takes which paths go in and files that come last; gives the archive piece by piece, at the reader's pace.
    package typealias TarMaker =
        @Sendable (
            _ keep: @escaping @Sendable (String) -> Bool, _ extra: [(path: String, bytes: [UInt8])]
        ) -> any AsyncSequence<[UInt8], any Error> & Sendable

    /// Relative paths of all files.
    package var paths: [String]
    /// The bytes of a small file; nil when there is none.
    package var read: @Sendable (_ path: String) async throws -> [UInt8]?
    /// May be called more than once.
    package var tar: TarMaker

    package init(
        paths: [String],
        read: @escaping @Sendable (_ path: String) async throws -> [UInt8]?,
        tar: @escaping TarMaker
    ) {
        self.paths = paths
        self.read = read
        self.tar = tar
    }

    /// A file as text; bytes that are not UTF-8 are replaced.
    func text(_ path: String) async throws -> String? {
        try await read(path).map { String(decoding: $0, as: UTF8.self) }
    }
}
