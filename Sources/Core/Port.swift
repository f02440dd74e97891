/// A TCP or UDP port, 1 to 65535.
package struct Port: Hashable, Sendable, Comparable, CustomStringConvertible, Codable {
    package let number: UInt16

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    package init(_ number: Int) throws(Failure) {
        guard let small = UInt16(exactly: number), small > 0 else {
            throw .malformed("\(number) is not a port", fix: "use a number from 1 to 65535")
        }
        self.number = small
    }

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    package init(_ text: String) throws(Failure) {
        guard !text.isEmpty, text.utf8.allSatisfy(\.isDigit), let number = UInt16(text), number > 0 else {
            throw .malformed("\(quoted(text)) is not a port", fix: "use a number from 1 to 65535")
        }
        self.number = number
    }

    package var description: String { "\(number)" }

    package static func < (left: Self, right: Self) -> Bool { left.number < right.number }

    package init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(Int.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(number)
    }
}
