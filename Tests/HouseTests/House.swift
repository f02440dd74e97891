import FoundationEssentials
import Testing

/// A file of the house, as the rules look at it.
struct SourceFile: Sendable, CustomTestStringConvertible {
    /// Below the root of the repository: `Sources/Core/Port.swift`.
    let path: String
    let text: String
    let lines: [String]
    /// Lines of code with their numbers: comments are left out.
    let code: [(number: Int, text: String)]
    /// Folders and name.
    let parts: [String]

    init(path: String, text: String) {
        self.path = path
        self.text = text
        parts = path.split(separator: "/").map(String.init)
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        code = lines.enumerated().compactMap { index, line in
            line.drop(while: \.isWhitespace).hasPrefix("//") ? nil : (index + 1, line)
        }
    }

    var name: String { parts.last ?? "" }
    /// The target: `Core`, `Features`.
    var room: String { parts.count > 2 ? parts[1] : "" }
    /// The noun's folder in `Features`; nil elsewhere.
    var slice: String? { room == "Features" && parts.count == 4 ? parts[2] : nil }
    var isTable: Bool { name.hasSuffix("Table.swift") }
    var isCommands: Bool { name.hasSuffix("Commands.swift") || name.contains("Commands+") }
    var testDescription: String { path }

    /// The modules it imports.
    var imports: Set<String> {
        Set(
            lines.compactMap { line in
                let words = line.split(separator: " ")
                if words.first == "import", words.count > 1 { return String(words[1]) }
                guard words.count > 2, words[1] == "import", ["package", "@testable"].contains(words[0]) else {
                    return nil
                }
                return String(words[2])
            }
        )
    }

    /// `path:line` of each line of code in which the words stand.
    func places(of words: String) -> [String] {
        guard text.contains(words) else { return [] }
        return code.filter { $0.text.contains(words) }.map { "\(path):\($0.number)" }
    }

    /// The same for a word that is no part of a longer one and no member of something.
    func places(ofWord word: String) -> [String] {
        guard text.contains(word) else { return [] }
        return code.filter { line in
            line.text.ranges(of: word).contains { range in
                guard range.lowerBound > line.text.startIndex else { return true }
                let before = line.text[line.text.index(before: range.lowerBound)]
                return !before.isLetter && before != "."
            }
        }.map { "\(path):\($0.number)" }
    }
}

/// The repository this test was built from.
enum House {
    static let root: String = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }

    static let sources = swift(below: "Sources")
    static let tests = swift(below: "Tests")
    static let slices = Set(sources.compactMap(\.slice)).subtracting(["Host"]).sorted()

    /// Machine-made files, which keep no house rules.
    static func isMade(_ file: SourceFile) -> Bool { file.name.hasSuffix(".pb.swift") }

    static func text(_ path: String) -> String? {
        (try? Data(contentsOf: URL(filePath: "\(root)/\(path)"))).map { String(decoding: $0, as: UTF8.self) }
    }

    static func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(folder)")) ?? []).sorted()
    }

    /// All files below a folder, hidden ones and what was built left out.
    static func files(below folder: String) -> [String] {
        names(in: folder).flatMap { name -> [String] in
            if name.hasPrefix(".") || name == "build" { return [] }
            let path = folder.isEmpty ? name : "\(folder)/\(name)"
            var isFolder = false
            guard FileManager.default.fileExists(atPath: "\(root)/\(path)", isDirectory: &isFolder) else { return [] }
            return isFolder ? files(below: path) : [path]
        }
    }

    private static func swift(below folder: String) -> [SourceFile] {
        files(below: folder).filter { $0.hasSuffix(".swift") }.compactMap { path in
            text(path).map { SourceFile(path: path, text: $0) }
        }
    }

    /// `SshKeys` as the word before the colon: `ssh-keys`.
    static func noun(ofFolder folder: String) -> String {
        folder.reduce(into: "") { word, letter in
            if letter.isUppercase, !word.isEmpty { word.append("-") }
            word.append(letter.lowercased())
        }
    }
}

struct HouseItselfTests {
    @Test func `the rules see the house`() {
        #expect(House.sources.count > 150)
        #expect(House.tests.contains { $0.path == "Tests/HouseTests/House.swift" })
        #expect(House.slices.contains("Apps") && House.slices.contains("SshKeys"))
        #expect(House.noun(ofFolder: "SshKeys") == "ssh-keys")
    }

    @Test func `a file's imports are read`() {
        let file = SourceFile(
            path: "Sources/Features/Apps/AppsTable.swift",
            text: "package import Core\nimport GRDB\n// import Nothing\nlet x = 1 // import\n"
        )
        #expect(file.imports == ["Core", "GRDB"])
        #expect(file.slice == "Apps" && file.isTable && !file.isCommands)
        #expect(file.places(of: "let x") == ["Sources/Features/Apps/AppsTable.swift:4"])
        #expect(file.places(of: "Nothing").isEmpty)
    }
}
