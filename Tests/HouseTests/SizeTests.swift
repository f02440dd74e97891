import Testing

/// What fits on a screen is read; what does not is not.
struct SizeTests {
    @Test func `no file is longer than 400 lines`() {
        for file in House.sources + House.tests where !House.isMade(file) {
            #expect(file.lines.count <= 401, "\(file.path) has \(file.lines.count - 1)")
        }
    }

    @Test func `no function is longer than 60 lines`() {
        for file in House.sources + House.tests where !House.isMade(file) {
            for function in Self.functions(in: file) {
                #expect(function.length <= 60, "\(file.path):\(function.line) has \(function.length)")
            }
        }
    }

    @Test func `functions are measured from their name to the brace that closes them`() {
        let text =
            "struct A {\n    func short() {}\n    func long(\n        a: Int\n    ) {\n        if true {\n        }\n    }\n}\n"
        let found = Self.functions(in: SourceFile(path: "Sources/Core/A.swift", text: text))
        #expect(found.map(\.line) == [2, 3])
        #expect(found.map(\.length) == [1, 6])
    }

    /// The formatter puts the closing brace of a function on a line of its own, as far in as its first line.
    static func functions(in file: SourceFile) -> [(line: Int, length: Int)] {
        let lines = file.lines
        return lines.indices.compactMap { index in
            let line = lines[index]
            let start = line.drop(while: \.isWhitespace)
            let isInitializer = start.split(separator: " ").prefix(3).contains {
                $0.hasPrefix("init(") || $0.hasPrefix("init?(")
            }
            guard line.contains("func ") || isInitializer, !start.hasPrefix("//") else { return nil }
            let indent = String(line.prefix(while: \.isWhitespace))
            if line.hasSuffix("}") { return (index + 1, 1) }
            guard let end = lines[index...].firstIndex(of: indent + "}") else { return nil }
            return (index + 1, end - index + 1)
        }
    }
}
