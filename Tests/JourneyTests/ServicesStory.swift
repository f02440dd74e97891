import Core
import FoundationEssentials
import Glibc
import Programs
import Support
import SystemPackage
import Testing

@Suite(
    "Services: real servers, from their making to their end",
    .serialized,
    .enabled(if: Sandbox.isWanted),
    .timeLimit(.minutes(15))
)
struct ServicesStory {
    let sandbox: Sandbox

    init() throws { sandbox = try .current() }

    /// A kind on an image of Debian's, and how an app uses it by its own URL.
    struct Kind: Sendable, CustomTestStringConvertible {
        var name: String
        var version: String
        var newer: String?
        var variable: String
        /// Writes one more thing.
        var write: String
        /// Prints how many there are.
        var count: String
        /// Makes something that needs what was written, and that is not there yet.
        var need: String?
        /// Inside the server, with `$URL` as the app had it but for the host.
        var ask: [String]
        var dumper: String

        var testDescription: String { name }
    }

    static let kinds = [
        Kind(
            name: "postgres",
            version: "15",
            newer: "17",
            variable: "DATABASE_URL",
            write: "psql -q $DATABASE_URL -c 'CREATE TABLE IF NOT EXISTS t (n int)' -c 'INSERT INTO t VALUES (1)'",
            count: "psql -Atq $DATABASE_URL -c 'SELECT count(*) FROM t'",
            need: "psql -q $DATABASE_URL -c 'CREATE VIEW need AS SELECT * FROM t'",
            ask: ["psql", "-Atq", "URL", "-c", "SELECT 1"],
            dumper: "pg_dump"
        ),
        Kind(
            name: "redis",
            version: "7",
            variable: "REDIS_URL",
            write: "redis-cli --no-auth-warning -u $REDIS_URL SET key-$(date +%s%N) 1",
            count: "redis-cli --no-auth-warning -u $REDIS_URL KEYS 'key-*' | grep -c .",
            ask: ["redis-cli", "-e", "--no-auth-warning", "-u", "URL", "PING"],
            dumper: "redis-cli"
        ),
        Kind(
            name: "mariadb",
            version: "10",
            variable: "DATABASE_URL",
            write: "\(mysql) -e 'CREATE TABLE IF NOT EXISTS t (n int); INSERT INTO t VALUES (1)'",
            count: "\(mysql) -N -e 'SELECT count(*) FROM t'",
            need: "\(mysql) -e 'CREATE VIEW need AS SELECT * FROM t'",
            ask: ["sh", "-c", "\(mysql.replacing("$DATABASE_URL", with: "URL")) -e 'SELECT 1'"],
            dumper: "mariadb-dump"
        ),
    ]

    /// Its client knows no URLs.
    private static let mysql =
        "set -- $(echo $DATABASE_URL | sed 's|mysql://||; s|[:@/]| |g'); mariadb --protocol=tcp -u $1 -p$2 -h $3 -P $4 $5"

    private static let app = "story-services"

    /// An image with clients of every kind, which also answers requests.
    private static let files = [
        "Dockerfile": """
        FROM slipway/base:busybox AS box
        FROM slipway-test/debian:bookworm
        COPY --from=box /bin/busybox /usr/local/bin/busybox
        COPY . /
        CMD ["sh", "-c", "exec busybox httpd -f -p $PORT -h /www"]

        """,
        "www/index.html": "hello\n",
    ]

    @Test(arguments: kinds)
    func `is made, linked, written, dumped, copied, proven, moved and ended`(_ kind: Kind) async throws {
        try await prepare()
        try await sandbox.withApp(Self.app, Self.files) { _ in
            let result: Result<Void, any Error>
            do { result = .success(try await whole(kind)) } catch { result = .failure(error) }
            for name in ["db", "copy"] {
                _ = try? await sandbox.slipway("services:unlink", kind.name, name, Self.app, "-n")
                _ = try? await sandbox.slipway("services:destroy", kind.name, name, "--force")
            }
            try result.get()
        }
        try await Invariants.check(sandbox, after: "services of \(kind.name)")
        let labelled = #"{"label":["slipway.instance=\#(sandbox.instance)"]}"#
        let networks = try await sandbox.engine("GET", "/networks", query: ["filters": labelled])
        #expect(!String(decoding: networks, as: UTF8.self).contains("slipway.service"), "its network is left")
        let folder = sandbox.state.appending("services").string
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }

    private func whole(_ kind: Kind) async throws {
        try await run(
            "services:create",
            kind.name,
            "db",
            "-i",
            "slipway-test/\(kind.name)",
            "-I",
            kind.version,
            "-m",
            "512m"
        )
        try await run("services:link", kind.name, "db", Self.app)
        try await write(kind)
        #expect(try await count(kind) == "1")
        try await outlivesTheEngine(kind)
        try await goesOutAndIn(kind)
        try await isCopied(kind)
        let backup = try await run("services:backup", kind.name, "db")
        #expect(backup.err.contains("proven: 2 "), "\(backup)")
        if kind.name == "postgres" { try await goesRed(kind) }
        if let newer = kind.newer {
            try await leavesNothing(kind, newer)
            let moved = try await run("services:upgrade", kind.name, "db", "-I", newer)
            #expect(moved.err.contains("is slipway-test/\(kind.name):\(newer) now"), "\(moved)")
            #expect(try await count(kind) == "2", "by the same URL")
            try await write(kind)
            #expect(try await count(kind) == "3")
            #expect(try await asApp("psql -Atq $DATABASE_URL -c '\\dx dblink'").answer.contains("dblink"))
        }
        try await isShutOut(kind)
        try await run("services:destroy", kind.name, "db", "--force")
    }

    // MARK: Its life

    private func outlivesTheEngine(_ kind: Kind) async throws {
        guard sandbox.ownsEngine else { return }
        _ = try await sandbox.script(["restart", "engine"]).succeeded("restart engine")
        try await eventually("\(kind.name) answers again", within: .seconds(60)) {
            try await asApp(kind.count).answer == "1"
        }
        // Somebody removes it by hand; repair makes it again from its row.
        let id = try await run("services:info", kind.name, "db", "--id").answer
        try await sandbox.engine("DELETE", "/containers/\(id)", query: ["force": "1"])
        try await run("repair")
        #expect(try await count(kind) == "1", "by the same URL")
    }

    private func goesOutAndIn(_ kind: Kind) async throws {
        try await write(kind)
        let dump = try await run("services:export", kind.name, "db").bytes
        try await write(kind)
        #expect(try await count(kind) == "3")
        if let need = kind.need { _ = try await asApp(need).succeeded("need") }
        let cut = try await sandbox.slipway(
            ["services:import", kind.name, "db"],
            input: Array(dump.prefix(dump.count / 2))
        )
        #expect(cut.status == 1, "\(cut)")
        #expect(try await count(kind) == "3", "half a dump changes nothing")
        _ = try await sandbox.slipway(["services:import", kind.name, "db"], input: dump).succeeded("import")
        #expect(try await count(kind) == "2")
        // What was newer than the dump is gone.
        if let need = kind.need { _ = try await asApp(need).succeeded("need") }
    }

    private func isCopied(_ kind: Kind) async throws {
        try await run("services:clone", kind.name, "db", "copy")
        try await run("services:link", kind.name, "copy", Self.app, "--alias", "COPY")
        let url = try await run("config:get", Self.app, "COPY_URL").answer
        let own = kind.count.replacing("$\(kind.variable)", with: url)
        #expect(try await asApp(own).answer == "2")
        try await run("services:unlink", kind.name, "copy", Self.app, "--no-restart")
        try await run("services:destroy", kind.name, "copy", "--force")
    }

    /// What was made by hand is in no dump.
    private func leavesNothing(_ kind: Kind, _ newer: String) async throws {
        func administer(_ sql: String) async throws {
            try await run("services:enter", kind.name, "db", "psql", "-q", "-U", "postgres", "-d", "db", "-c", sql)
        }
        try await administer("CREATE DATABASE by_hand")
        try await administer("CREATE ROLE reader")
        let refused = try await sandbox.slipway("services:upgrade", kind.name, "db", "-I", newer)
        #expect(refused.status == 3, "\(refused)")
        #expect(refused.err.contains("would not have: database by_hand, role reader"), "\(refused)")
        #expect(try await count(kind) == "2")
        try await administer("DROP DATABASE by_hand")
        try await administer("DROP ROLE reader")
        // This one is in the dump, and only the administrator may make it.
        try await administer("CREATE EXTENSION dblink")
    }

    /// The dump waits for a lock, and is killed meanwhile.
    private func goesRed(_ kind: Kind) async throws {
        async let holder = asApp("psql -q $DATABASE_URL -c 'BEGIN; LOCK TABLE t; SELECT pg_sleep(600)'")
        try await eventually("the table is locked", within: .seconds(30)) {
            try await locks("mode = 'AccessExclusiveLock' AND granted") == "1"
        }
        async let backup = sandbox.slipway("services:backup", kind.name, "db")
        try await eventually("the dump waits for it", within: .seconds(30)) { try await locks("NOT granted") == "1" }
        let container = try await run("services:info", kind.name, "db", "--id").answer
        #expect(try endProgram(kind.dumper, in: container))
        let end = try await backup
        #expect(end.status == 1 && end.err.contains("it was killed"), "\(end)")
        let list = try await sandbox.slipway("services:backups", kind.name, "db")
        let lines = list.answer.split(separator: "\n")
        #expect(list.status == 1 && lines.count == 2 && lines.first?.contains("FAILED") == true, "\(list)")
        #expect(try await sandbox.slipway("services:info", kind.name, "db").status == 1)
        let id = try await run("services:info", kind.name, "db", "--service-root").answer
        let files = try FileManager.default.contentsOfDirectory(atPath: "\(id)/backups")
        #expect(files.count == 1, "nothing looks like a dump: \(files)")
        // The app acts as the role that owns the tables; as itself it may end what it began.
        let release = "SELECT pg_cancel_backend(pid) FROM pg_locks WHERE relation = 't'::regclass AND granted"
        _ = try await asApp("psql -Atq $DATABASE_URL -c 'SET ROLE NONE' -c \"\(release)\"").succeeded("release")
        #expect(try await holder.status != 0)
        try await run("services:backup", kind.name, "db")
        #expect(try await sandbox.slipway("services:backups", kind.name, "db").status == 0)
    }

    /// How many locks of the table there are of which this is so.
    private func locks(_ condition: String) async throws -> String {
        let question = "SELECT count(*) FROM pg_locks WHERE relation = 't'::regclass AND \(condition)"
        return try await asApp("psql -Atq $DATABASE_URL -c \"\(question)\"").succeeded("the locks").answer
    }

    /// Ends a program of that name in a container.
    private func endProgram(_ program: String, in container: String) throws -> Bool {
        for entry in try FileManager.default.contentsOfDirectory(atPath: "/proc") {
            guard let number = Int32(entry), let line = FileManager.default.contents(atPath: "/proc/\(entry)/cmdline"),
                line.split(separator: 0).first.map({ String(decoding: $0, as: UTF8.self).hasSuffix(program) }) == true,
                let group = FileManager.default.contents(atPath: "/proc/\(entry)/cgroup"),
                String(decoding: group, as: UTF8.self).contains(container)
            else { continue }
            return kill(number, SIGKILL) == 0
        }
        return false
    }

    /// The URL that an app had is worth nothing to anybody once it is unlinked.
    private func isShutOut(_ kind: Kind) async throws {
        let url = try await run("config:get", Self.app, kind.variable).answer
        let local = url.replacing("@\(kind.name)-db:", with: "@127.0.0.1:")
        let ask = kind.ask.map { $0.replacing("URL", with: local) }
        _ = try await sandbox.slipway(["services:enter", kind.name, "db", "--"] + ask).succeeded("the URL before")
        try await run("services:unlink", kind.name, "db", Self.app)
        #expect(try await sandbox.slipway("config:get", Self.app, kind.variable).status == 1)
        let after = try await sandbox.slipway(["services:enter", kind.name, "db", "--"] + ask)
        #expect(after.status != 0, "\(after)")
    }

    // MARK: memcached

    @Test func `a cache is reached by linked apps and by nobody else`() async throws {
        try await prepare()
        try await sandbox.withApp(Self.app, Self.files) { _ in
            try await run("services:create", "memcached", "cache", "-i", "slipway-test/memcached", "-I", "1")
            try await run("services:link", "memcached", "cache", Self.app)
            let ask = "printf 'set a 0 0 1\\r\\nx\\r\\nquit\\r\\n' | busybox nc -w 3 memcached-cache 11211"
            #expect(try await asApp(ask).out.contains("STORED"))
            try await run("services:unlink", "memcached", "cache", Self.app, "--no-restart")
            #expect(try await !asApp(ask).out.contains("STORED"), "also before the next release")
            try await run("services:destroy", "memcached", "cache", "--force")
        }
    }

    // MARK: How

    @discardableResult
    private func run(_ words: String...) async throws -> Finished {
        try await sandbox.slipway(words).succeeded(words.joined(separator: " "))
    }

    private func asApp(_ line: String) async throws -> Finished {
        try await sandbox.slipway("enter", Self.app, "web", "--", "sh", "-c", line)
    }

    private func write(_ kind: Kind) async throws { _ = try await asApp(kind.write).succeeded("the app writes") }

    private func count(_ kind: Kind) async throws -> String {
        try await asApp(kind.count).succeeded("the app counts").answer
    }

    /// The images, and the kinds as they come with the product.
    func prepare() async throws {
        let sources = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
        let load = Program(
            sources.appending("scripts/service-images"),
            ["load"],
            environment: .inherited(adding: ["DOCKER_HOST": "unix://\(sandbox.engineSocket)"])
        )
        _ = try await Finished.run(load).succeeded("scripts/service-images load")
        for kind in Self.kinds.map(\.name) + ["memcached"] {
            let file = sandbox.state.appending("core-plugins/\(kind)/service.toml")
            try FileManager.default.createDirectory(
                atPath: file.removingLastComponent().string,
                withIntermediateDirectories: true
            )
            let text = try String(
                contentsOfFile: sources.appending("plugins/\(kind)/service.toml").string,
                encoding: .utf8
            )
            try text.write(toFile: file.string, atomically: true, encoding: .utf8)
        }
    }
}
