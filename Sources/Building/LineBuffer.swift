/// Cuts bytes into whole lines; what a carriage return overwrites is left out, as on a terminal.
struct LineBuffer {
    private var gathered: [UInt8] = []
    private var isAfterReturn = false

    /// Lines longer than this come in parts, so that a stream without line ends takes no memory.
    static let longest = 16 << 10

    /// The lines that these bytes complete.
    mutating func push(_ bytes: [UInt8]) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                lines.append(take())
            } else if byte == UInt8(ascii: "\r") {
                isAfterReturn = true
            } else {
                if isAfterReturn { gathered = [] }
                isAfterReturn = false
                gathered.append(byte)
                if gathered.count >= Self.longest { lines.append(take()) }
            }
        }
        return lines
    }

    /// The line that no line end came for.
    mutating func finish() -> String? { gathered.isEmpty ? nil : take() }

    private mutating func take() -> String {
        defer {
            gathered = []
            isAfterReturn = false
        }
        return String(decoding: gathered, as: UTF8.self)
    }
}
