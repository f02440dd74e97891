import Core
import GRDB
import Proxying
package import Store

/// The card of a noun: everything it brings to the product, as a value.
package struct Feature: Sendable {
    /// The word before the colon; also the name of its folder.
    package var noun: String
    package var summary: String
    /// Made when asked for: the table of every command is the largest part of starting up.
    package var commands: [any HostCommand.Type] { makeCommands() }
    private let makeCommands: @Sendable () -> [any HostCommand.Type]
    package var migrations: [Migration]
    package var properties: [Property]
    package var operations: [OperationKind]
    /// Adds what this noun has in the draft to the settings of the next release.
    var collect: (@Sendable (inout Settings, App, Host) async throws -> Void)?
    /// Writes a release's settings back into this noun's draft; runs inside the transaction of a rollback.
    var restore: (@Sendable (Settings, App, Database) throws -> Void)?
    /// Says what nginx is to be told.
    var shapeSite: (@Sendable (inout Site, App, Host) async throws -> Void)?
    /// Facts for `noun:report` of one app or, with nil, of all, from the transaction in which every app is read.
    var report: (@Sendable (App?, ReportSource) throws -> [ReportLine])?
    /// The facts of many apps at once, by their ids, where others than the database are asked; `report` is then asked
    /// for nil alone.
    var reports: (@Sendable ([App], Host) async throws -> [AppID: [ReportLine]])?

    init(
        _ noun: String,
        _ summary: String,
        commands: @autoclosure @escaping @Sendable () -> [any HostCommand.Type] = [],
        migrations: [Migration] = [],
        properties: [Property] = [],
        operations: [OperationKind] = [],
        collect: (@Sendable (inout Settings, App, Host) async throws -> Void)? = nil,
        restore: (@Sendable (Settings, App, Database) throws -> Void)? = nil,
        shapeSite: (@Sendable (inout Site, App, Host) async throws -> Void)? = nil,
        report: (@Sendable (App?, ReportSource) throws -> [ReportLine])? = nil,
        reports: (@Sendable ([App], Host) async throws -> [AppID: [ReportLine]])? = nil
    ) {
        self.noun = noun
        self.summary = summary
        makeCommands = commands
        self.migrations = migrations
        self.properties = properties
        self.operations = operations
        self.collect = collect
        self.restore = restore
        self.shapeSite = shapeSite
        self.report = report
        self.reports = reports
    }
}

/// One fact of a report: `--ps-running` with its value.
struct ReportLine: Sendable, Equatable {
    /// Without the noun's own prefix and without dashes: `running`, `global-max-size`.
    var key: String
    var value: String
    /// Its flag has no prefix of the noun: `--running` of ps.
    var isBare: Bool

    init(_ key: String, _ value: String, isBare: Bool = false) {
        self.key = key
        self.value = value
        self.isBare = isBare
    }
}
