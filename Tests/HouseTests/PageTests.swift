import Core
import Features
import FoundationEssentials
import Plugins
import Testing

/// What is written for people agrees with the code.
struct PageTests {
    @Test(arguments: MadePage.all)
    func `a page made from the code says what the code says`(_ page: MadePage) throws {
        let present = House.text(page.path) ?? ""
        let made = page.make(present)
        if present != made, ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try Data(made.utf8).write(to: URL(filePath: "\(House.root)/\(page.path)"))
            return
        }
        #expect(present == made, "UPDATE_GOLDEN=1 swift test --filter HouseTests writes it anew")
    }

    @Test func `every trigger has a sample, and every sample is of a trigger`() {
        #expect(House.names(in: "plugins/example/hooks") == Trigger.all.map(\.name).sorted())
    }

    @Test(arguments: Trigger.all)
    func `a sample says what it is given, and can be run`(_ trigger: Trigger) throws {
        let path = "plugins/example/hooks/\(trigger.name)"
        let lines = try #require(House.text(path)).split(separator: "\n")
        #expect(lines.first == "#!/bin/sh")
        #expect(lines.dropFirst().first == "# \(trigger.usage)")
        #expect(FileManager.default.isExecutableFile(atPath: "\(House.root)/\(path)"))
    }

    @Test func `every trigger that is declared is in the table, once`() {
        let rows = House.sources.filter { $0.name.hasPrefix("Trigger+") }.flatMap { file in
            file.text.split(separator: "\n").filter { $0.hasSuffix("= Trigger(") || $0.contains("= Trigger(\"") }
        }
        #expect(rows.count == Trigger.all.count)
        #expect(Set(Trigger.all.map(\.name)).count == Trigger.all.count)
    }

    @Test func `the page of plugins tells every variable`() throws {
        let page = try #require(House.text("docs/plugins.md"))
        for (name, meaning) in HookEnvironment.meanings { #expect(page.contains("| `\(name)` | \(meaning) |")) }
    }

    @Test func `the map in the README names every room`() throws {
        let page = try #require(House.text("README.md"))
        for room in Set(House.sources.map(\.room)) { #expect(page.contains("\(room)/"), "\(room)") }
    }

    @Test func `links between pages lead somewhere`() throws {
        for path in House.files(below: "docs") + ["README.md"] where path.hasSuffix(".md") {
            let text = try #require(House.text(path))
            let folder = path.contains("/") ? path.split(separator: "/").dropLast().joined(separator: "/") + "/" : ""
            for part in text.split(separator: "](").dropFirst() {
                let target = part.prefix { $0 != ")" && $0 != "#" }
                if target.isEmpty || target.contains("://") { continue }
                let file = URL(filePath: "\(House.root)/\(folder)\(target)").standardizedFileURL.path
                #expect(FileManager.default.fileExists(atPath: file), "\(path) leads to \(target)")
            }
        }
    }
}
