import FoundationEssentials
import Testing

/// What holds for every file of the repository, whatever its kind.
struct TrackedFileTests {
    static let all = House.files(below: "").filter { !$0.hasSuffix(".resolved") }

    @Test func `no path of a machine stands in a file`() {
        // Put together here, so that this file keeps the rule it checks.
        let paths = ["/work" + "/", "/opt/" + "swift", "/root" + "/"]
        for path in Self.all {
            guard let text = House.text(path) else { continue }
            for machine in paths { #expect(!text.contains(machine), "\(path) has \(machine)") }
        }
    }

    @Test func `dashes are short`() {
        for path in Self.all { #expect(House.text(path)?.contains("\u{2014}") != true, "\(path)") }
    }

    @Test func `text ends with one line end and has none of another system`() {
        for path in Self.all where [".swift", ".md", ".toml"].contains(where: path.hasSuffix) {
            let text = House.text(path) ?? ""
            #expect(text.hasSuffix("\n") && !text.hasSuffix("\n\n"), "\(path)")
            #expect(!text.contains("\r\n"), "\(path)")
        }
    }

    @Test func `nobody is told what was planned, only what is`() {
        let words = ["TODO", "FIXME", "XXX:", "HACK"]
        for file in House.sources {
            for word in words { #expect(!file.text.contains(word), "\(file.path) has \(word)") }
        }
    }
}
