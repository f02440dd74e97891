/// How much a terminal shows, in characters.
package struct TerminalSize: Sendable, Codable, Equatable {
    package var columns: Int
    package var rows: Int

    package init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
    }
}
