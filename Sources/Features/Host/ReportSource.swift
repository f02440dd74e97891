import Core
import GRDB
import Synchronization

/// What a noun makes its report of: one transaction, and the values of properties at its beginning.
struct ReportSource {
    let host: Host
    let database: Database
    let sheet: PropertySheet

    /// The release that serves an app, read once for all nouns of a report.
    func current(of app: App) throws -> Release? {
        guard let number = app.current else { return nil }
        return try sheet.releases.find(app.id) { try ReleasesTable.find(number, of: app.id, database) }
    }
}

/// Releases that a report has read.
final class KnownReleases: Sendable {
    private let known = Mutex<[AppID: Release?]>([:])

    func find(_ app: AppID, _ read: () throws -> Release?) throws -> Release? {
        if let release = known.withLock({ $0[app] }) { return release }
        let release = try read()
        known.withLock { $0[app] = .some(release) }
        return release
    }
}
