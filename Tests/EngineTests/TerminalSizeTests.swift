import Core
import Testing

@testable import Engine

@Suite("The first size of a terminal")
struct TerminalSizeTests {
    @Test func `it is sent with rows first, and only when it is known`() {
        var spec = ContainerSpec(image: "x")
        #expect(!spec.json(labels: [:], volumeLabels: [:]).text.contains("ConsoleSize"))
        spec.terminalSize = TerminalSize(columns: 100, rows: 40)
        #expect(spec.json(labels: [:], volumeLabels: [:]).text.contains(#""ConsoleSize":[40,100]"#))
    }
}
