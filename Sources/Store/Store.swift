package import Core
package import GRDB
package import SystemPackage

/// One numbered change of the schema; numbers rise over the whole product and are never reused.
package struct Migration: Sendable {
    package let number: Int
    package let name: String
    package let sql: String

    package init(_ number: Int, _ name: String, _ sql: String) {
        self.number = number
        self.name = name
        self.sql = sql
    }

    /// `0007 domains`, as it stands in the database.
    package var identifier: String {
        "\(String(repeating: "0", count: max(0, 4 - "\(number)".count)))\(number) \(name)"
    }
}

/// The SQLite file that holds all state.
///
/// WAL, `synchronous=FULL` on the writer, foreign keys on, mode 0600. Several processes share it.
package struct Store: Sendable {
    package let database: any DatabaseWriter

    /// Opens the file, making it when absent, and brings its schema up to date.
    ///
    /// One connection for a process: GRDB's pool opens one more for each reader and writes to the file each time it is
    /// opened, so that a command that only reads would wait for the disk four times.
    ///
    /// - Parameters:
    ///   - path: The database file.
    ///   - migrations: All of them, in any order.
    ///   - busy: How long a write waits for another process's.
    /// - Returns: The store, its schema up to date.
    /// - Throws: ``StoreError/newer(found:)`` when a newer program has written it.
    package static func open(_ path: FilePath, migrations: [Migration], busy: Duration = .seconds(10)) throws -> Store {
        try explained { try opened(path, migrations, busy) }
    }

    private static func opened(_ path: FilePath, _ migrations: [Migration], _ busy: Duration) throws -> Store {
        try makeFile(path)
        let queue = try DatabaseQueue(path: path.string, configuration: configuration(busy: busy))
        try queue.writeWithoutTransaction { connection in
            // WAL stays in the file once it is set there. FULL is of the connection: a power cut must not take back
            // what a push was told.
            try connection.execute(sql: "PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL")
        }
        try bring(queue, to: migrations)
        return Store(database: queue)
    }

    /// A database that ends with the process.
    package static func inMemory(migrations: [Migration]) throws -> Store {
        let queue = try DatabaseQueue(configuration: configuration(busy: .seconds(1)))
        try bring(queue, to: migrations)
        return Store(database: queue)
    }

    package func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await explained { try await database.read(body) }
    }

    /// One transaction: all of it or nothing.
    @discardableResult
    package func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await explained { try await database.write(body) }
    }

    /// The sum of all changes other connections have made; it moves when another process has written.
    package func dataVersion() async throws -> Int {
        try await database.write { try Self.dataVersion($0) }
    }

    /// The same inside a transaction.
    package static func dataVersion(_ database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "PRAGMA data_version") ?? 0
    }

    private static func configuration(busy: Duration) -> Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(busy.seconds)
        return configuration
    }

    private static func bring(_ database: any DatabaseWriter, to migrations: [Migration]) throws {
        var migrator = DatabaseMigrator()
        for migration in migrations.sorted(by: { $0.number < $1.number }) {
            migrator.registerMigration(migration.identifier) { try $0.execute(sql: migration.sql) }
        }
        let finished = migrator
        let (superseded, complete) = try database.read {
            (try finished.hasBeenSuperseded($0), try finished.hasCompletedMigrations($0))
        }
        if superseded {
            let known = Set(finished.migrations)
            let found = try database.read { try finished.appliedIdentifiers($0) }.subtracting(known).sorted()
            throw StoreError.newer(found: found.last ?? "?")
        }
        if !complete { try finished.migrate(database) }
    }

    /// SQLite gives its side files the mode of the database file, so that one is made first, for the owner alone.
    private static func makeFile(_ path: FilePath) throws {
        let file = try FileDescriptor.open(
            path,
            .readWrite,
            options: [.create, .closeOnExec],
            permissions: [.ownerRead, .ownerWrite]
        )
        try file.close()
    }
}

/// A database that this program cannot use.
package enum StoreError: Error, Equatable, Explained {
    case newer(found: String)
    /// The disk is full, or does not do what it should.
    case disk(reason: String, isFull: Bool)
    /// Another process has been writing for as long as anybody waits.
    case busy
    /// What a row was to belong to was destroyed before it could be written.
    case ownerGone

    package var failure: Failure {
        switch self {
        case .newer(let found):
            Failure(
                .newerDatabase,
                "the database was written by a newer slipway",
                why: "it has the change \(quoted(found)), which this program does not know",
                fix: "run the newer program; nothing was changed"
            )
        case .busy:
            Failure(
                .busy,
                "the database is busy",
                why: "another process has been writing to it for longer than this one waits; it may be frozen",
                fix: "slipway operations shows who works; operations:resume ID --force ends one that is frozen"
            )
        case .ownerGone:
            Failure(
                .noSuchApp,
                "what this was about was destroyed meanwhile",
                why: "somebody destroyed it while this waited; nothing was changed",
                fix: "slipway apps:list shows what is there"
            )
        case .disk(let reason, let isFull):
            Failure(
                .disk,
                "the database could not be read or written",
                why: reason,
                fix: isFull ? "make room on the disk, then try again: nothing was changed" : "slipway doctor"
            )
        }
    }

    /// What SQLite says of the disk below it, of others who write, and of owners that are gone; nil for all else.
    init?(_ error: DatabaseError) {
        let reason = error.message ?? error.resultCode.description
        switch error.resultCode {
        case .SQLITE_FULL: self = .disk(reason: reason, isFull: true)
        // The file of shared memory has no room to grow.
        case .SQLITE_IOERR where [.SQLITE_IOERR_SHMSIZE, .SQLITE_IOERR_WRITE].contains(error.extendedResultCode):
            self = .disk(reason: "\(reason): \(error.extendedResultCode)", isFull: true)
        case .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self = .disk(reason: "\(reason): \(error.extendedResultCode)", isFull: false)
        case .SQLITE_BUSY: self = .busy
        case .SQLITE_CONSTRAINT where error.extendedResultCode == .SQLITE_CONSTRAINT_FOREIGNKEY: self = .ownerGone
        default: return nil
        }
    }
}

/// Turns what SQLite says of the world into words.
private func explained<Value>(_ work: () throws -> Value) throws -> Value {
    do {
        return try work()
    } catch let error as DatabaseError {
        if let known = StoreError(error) { throw known }
        throw error
    }
}

private func explained<Value>(_ work: () async throws -> Value) async throws -> Value {
    do {
        return try await work()
    } catch let error as DatabaseError {
        if let known = StoreError(error) { throw known }
        throw error
    }
}
