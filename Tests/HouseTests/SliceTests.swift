import Features
import Testing

/// How a noun is laid out: one flat folder, named like the word before the colon.
struct SliceTests {
    @Test func `folders are flat`() {
        for file in House.sources where file.room == "Features" { #expect(file.parts.count <= 4, "\(file.path)") }
    }

    @Test func `every folder is a noun with one card, and every noun a folder`() {
        let folders = House.slices.map { House.noun(ofFolder: $0) }
        #expect(Features.all.map(\.noun).sorted() == folders)
        for slice in House.slices {
            let files = House.sources.filter { $0.slice == slice }
            let cards = files.filter { file in file.text.contains("extension Feature {") }
            #expect(cards.count == 1, "\(slice) has \(cards.map(\.name))")
        }
    }

    @Test func `the table of contents is in the order of the alphabet`() {
        let nouns = Features.all.map(\.noun)
        #expect(nouns == nouns.sorted())
    }

    @Test func `files of commands and tables carry the name of their folder`() {
        for file in House.sources {
            guard let slice = file.slice, slice != "Host" else { continue }
            if file.isCommands { #expect(file.name.hasPrefix("\(slice)Commands"), "\(file.path)") }
            if file.isTable { #expect(file.name == "\(slice)Table.swift", "\(file.path)") }
        }
    }

    @Test func `a part of a type stands beside the type`() {
        for file in House.sources where file.name.contains("+") {
            let base = file.name.prefix { $0 != "+" }
            let siblings = House.sources.filter { $0.parts.dropLast() == file.parts.dropLast() }
            let isThere = siblings.contains { other in
                ["struct", "enum", "class", "actor", "protocol"].contains { other.text.contains("\($0) \(base)") }
            }
            #expect(isThere, "\(file.path)")
        }
    }

    @Test func `no noun's table is asked by another's`() {
        var owners: [String: String] = [:]
        let tables = House.sources.filter { $0.slice != nil && $0.isTable }
        for file in tables {
            for name in Self.words(after: "CREATE TABLE", in: file) { owners[name] = file.slice }
        }
        #expect(owners["apps"] == "Apps")
        for file in tables {
            for verb in ["FROM", "JOIN", "INTO", "UPDATE", "TABLE"] {
                for name in Self.words(after: verb, in: file) {
                    guard let owner = owners[name], owner != file.slice else { continue }
                    // To say whose a thing is, its name is joined; every row hangs on an app.
                    #expect(name == "apps" && verb == "JOIN", "\(file.path) says \(verb) \(name)")
                }
            }
        }
    }

    private static func words(after verb: String, in file: SourceFile) -> [String] {
        file.code.flatMap { line in
            line.text.ranges(of: "\(verb) ").compactMap { range in
                let name = line.text[range.upperBound...].prefix { $0.isLetter || $0 == "_" }
                return name.isEmpty ? nil : String(name)
            }
        }
    }
}
