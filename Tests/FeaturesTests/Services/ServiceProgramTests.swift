import Core
import FoundationEssentials
import Programs
import Support
import SystemPackage
import Testing

@testable import Features

/// What the declarations run, run here: the clients of a server are small programs that say what a test wants.
@Suite struct `A program of a kind of service` {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let clients = [
        "mariadb", "mysql", "psql", "rabbitmqctl", "mc", "redis-cli", "mongosh", "mongodump", "mongorestore",
    ]

    /// Gives every client these lines of shell.
    private func clients(_ lines: String) throws {
        for name in Self.clients { try folder.write(name, "#!/bin/sh\n\(lines)\n", mode: 0o755) }
    }

    private func run(_ name: String, _ verb: ServiceVerb, input: [UInt8]? = nil) async throws -> Finished {
        let kind = try ServiceKindReader.read(
            Array(try ServiceStage.text(name).utf8),
            name: try ServiceKindName(name)
        )
        let service = Service(
            id: try AppID("0000000001"),
            kind: kind.name,
            name: try ServiceName("db"),
            image: kind.image,
            version: kind.version,
            password: "secret",
            database: "db",
            createdAt: Timestamp(milliseconds: 0)
        )
        let values = ServiceValues(service, kind, .leaver("u_shop_1", of: service, kind)).all
        let action = try kind.action(verb)
        var variables = action.environment.mapValues { $0.filled(values) }
        variables["PATH"] = "\(folder.path):/usr/bin:/bin"
        variables["STORY"] = folder.path.appending("story").string
        let words = variables.map { "\($0.key)=\($0.value)" } + action.run.map { $0.filled(values) }
        var program = Program("/usr/bin/env", ["-i"] + words)
        program.input = input ?? action.input.map { Array($0.filled(values).utf8) } ?? []
        return try await Finished.run(program)
    }

    /// What the clients were told, by their own account.
    private var story: String {
        let file = FileManager.default.contents(atPath: folder.path.appending("story").string)
        return String(decoding: file ?? Data(), as: UTF8.self)
    }

    /// Whether the clients were told these words, one after the other.
    private func isTold(_ words: [String]) -> Bool {
        var rest = story[...]
        for word in words {
            guard let place = rest.firstRange(of: word) else { return false }
            rest = rest[place.upperBound...]
        }
        return true
    }

    @Test(arguments: ServiceStage.kinds.filter { $0 != "memcached" })
    func `fails where its server cannot be asked`(kind: String) async throws {
        try clients("exit 1")
        for verb in [ServiceVerb.removeUser, .count] {
            let end = try await run(kind, verb)
            #expect(end.status != 0, "\(kind) \(verb): \(end)")
        }
    }

    @Test func `drops the user who is there, and ends its connections in any case`() async throws {
        try clients(
            """
            echo "$@" >>"$STORY"
            case "$*" in *list_users*) printf 'slipway\\t[administrator]\\nu_shop_1\\t[]\\n' ;; esac
            """
        )
        #expect(try await run("rabbitmq", .removeUser).status == 0)
        #expect(story.contains("delete_user u_shop_1") && story.contains("close_all_user_connections u_shop_1"))
        // As after a drop that came no further.
        try clients(
            """
            echo "again $@" >>"$STORY"
            case "$*" in *list_users*) printf 'slipway\\t[administrator]\\nu_shop_12\\t[]\\n' ;; esac
            """
        )
        #expect(try await run("rabbitmq", .removeUser).status == 0)
        #expect(!story.contains("again -q delete_user") && story.contains("again -q close_all_user_connections"))
    }

    @Test func `of a store drops the user who is there and no other`() async throws {
        for (user, isDropped) in [("u_shop_1", true), ("u_shop_12", false)] {
            try clients(
                """
                echo "\(user): $@" >>"$STORY"
                case "$*" in *"user list"*) echo '{"status":"success","accessKey":"\(user)"}' ;; esac
                """
            )
            #expect(try await run("minio", .removeUser).status == 0)
            #expect(story.contains("\(user): --quiet admin user remove local u_shop_1") == isDropped)
        }
    }

    @Test(arguments: ["mariadb", "mysql"])
    func `is not done while a connection of the user is left`(kind: String) async throws {
        // The first question finds two; what the second finds counts.
        let answer = """
            read -r line || true
            echo "$line" >>"$STORY"
            case $line in
            "SELECT COUNT"*) echo 0 ;;
            SELECT*)
                if [ -e "$STORY.asked" ]; then printf '%s' "LEFT"; else : >"$STORY.asked"; printf '11\\n12\\n'; fi ;;
            "KILL 11;"*) exit 1 ;;
            esac
            """
        try clients(answer.replacing("LEFT", with: ""))
        #expect(try await run(kind, .removeUser).status == 0)
        #expect(story.contains("DROP USER IF EXISTS 'u_shop_1'@'%';") && story.contains("KILL 12;"))
        try FileManager.default.removeItem(atPath: folder.path.appending("story.asked").string)
        try clients(answer.replacing("LEFT", with: "11"))
        let end = try await run(kind, .removeUser)
        #expect(end.status != 0 && end.err.contains("connections are left: 11"))
    }

    @Test(arguments: ["mariadb", "mysql"])
    func `locks out the user as whom something of the database works`(kind: String) async throws {
        try clients(
            """
            read -r line || true
            echo "$line" >>"$STORY"
            case $line in "SELECT COUNT"*) echo 2 ;; esac
            """
        )
        #expect(try await run(kind, .removeUser).status == 0)
        #expect(story.contains("ALTER USER IF EXISTS 'u_shop_1'@'%' ACCOUNT LOCK;") && !story.contains("DROP USER"))
    }

    @Test(arguments: ["mariadb", "mysql"])
    func `makes the users as whom views work before they are read, and none of the administrator's name`(kind: String)
        async throws
    {
        try clients(#"{ echo "$@:"; cat; } >>"$STORY""#)
        let definers = ["`ana'x`@`10.%`", "`root`@`127.%`", "``@`%`"]
        let dump = definers.map { "/*!50013 DEFINER=\($0) SQL SECURITY DEFINER */\n" }.joined()
        let data = "INSERT INTO t VALUES ('\\n/*!50013 DEFINER=`eve`@`%` SQL SECURITY DEFINER */');\n"
        let end = try await run(kind, .restore, input: Array((dump + data + "-- Dump completed\n").utf8))
        #expect(end.status == 0, "\(end)")
        #expect(isTold(["CREATE USER `ana'x`@`10.%` ACCOUNT LOCK", "ON `db`.* TO `ana'x`@`10.%`;", "/*!50013"]))
        #expect(story.split(separator: "CREATE USER").count == 2, "\(story)")
        // Who is there already is no failure; whatever else it is, is.
        for (code, isFine) in [(1396, true), (1227, false)] {
            try clients(
                """
                words=$(cat)
                case $words in "CREATE USER"*) echo 'ERROR \(code) (HY000) at line 1: no' >&2; exit 1 ;; esac
                """
            )
            let end = try await run(kind, .restore, input: Array((dump + "-- Dump completed\n").utf8))
            #expect((end.status == 0) == isFine && (isFine || end.err.contains("1227")), "\(end)")
        }
    }

    @Test(arguments: ["mariadb", "mysql"])
    func `pours no dump that was cut, and what is newer than one goes`(kind: String) async throws {
        try clients(#"{ echo "$@:"; cat; } >>"$STORY""#)
        let dump = "CREATE TABLE t (n int);\n-- Dump completed on a day\n"
        let cut = try await run(kind, .restore, input: Array(dump.dropLast(40).utf8))
        #expect(cut.status != 0 && cut.err.contains("does not end as a whole one does") && story.isEmpty)
        #expect(try await run(kind, .restore, input: Array(dump.utf8)).status == 0)
        #expect(isTold(["DROP DATABASE IF EXISTS `db`", "CREATE DATABASE `db`", "CREATE TABLE t"]), "\(story)")
    }

    /// Of PostgreSQL's clients: what is to be read back, where `fails` with an error.
    private func postgres(fails part: String) throws {
        try folder.write(
            "pg_restore",
            """
            #!/bin/sh
            case "$*" in
            "-l "*)
                # One name has letters that are not UTF-8.
                printf '; a list\\n1; 2615 5 SCHEMA - own x\\n6; 2615 2 SCHEMA - public x\\n'
                printf '2; 3079 6 EXTENSION - dblink \\n9; 0 0 COMMENT - EXTENSION "dblink" \\n'
                printf '3; 3079 7 EXTENSION - hstore \\n4; 1259 8 TABLE own z\\374 x\\n'
                printf '5; 2613 9 BLOBS - BLOBS \\n7; 3466 1 EVENT TRIGGER - e x\\n8; 6104 3 PUBLICATION - p x\\n'
                exit ;;
            esac
            all=$*
            while [ "$1" != -L ]; do shift; done
            part=${2##*/}
            sed "s/^/-- $part /" "$2"
            [ $part != \(part) ] || exit 1
            case $all in *--single-transaction*) echo "COMMIT;" ;; esac

            """,
            mode: 0o755
        )
        try folder.write(
            "psql",
            """
            #!/bin/sh
            echo "psql $*" >>"$STORY"
            case "$*" in *" -c "*) echo 'adminpack|dblink' ;; *) tee -a "$STORY" | sed -n 's/^.echo //p' ;; esac

            """,
            mode: 0o755
        )
    }

    @Test(arguments: ["nothing", "schemas", "one", "main", "after"])
    func `takes all of a dump in one transaction, or tells nobody to commit`(failing: String) async throws {
        try postgres(fails: failing)
        let end = try await run("postgres", .restore, input: Array("PGDMP".utf8))
        #expect((end.status == 0) == (failing == "nothing"), "\(end)")
        #expect(isTold(["COMMIT;"]) == (failing == "nothing"), "\(story)")
        #expect(story.contains("ON_ERROR_STOP=1 -o /dev/null\n"), "one that goes on would commit what is left")
        guard failing == "nothing" else { return }
        #expect(
            isTold([
                "BEGIN;", "DROP SCHEMA", "-- schemas 1;", "ALTER SCHEMA", "RESET ROLE", "-- one 2;", "RESET ROLE",
                "-- one 9;", "SET ROLE slipway_apps", "-- one 3;", "RESET ROLE", "GRANT ALL", "SET ROLE slipway_apps",
                "-- main 4;", "RESET ROLE", "REVOKE ALL", "-- after 5;", "-- after 8;", "COMMIT;", "echo whole",
            ]),
            "\(story)"
        )
        #expect(!story.contains(" 6;") && !story.contains(" 7;"), "public is there, and no trigger works for the apps")
    }

    @Test(
        arguments: [
            ("mariadb", "read -r l; case $l in SHOW*) printf 'a b\\tBASE TABLE\\nt\\tX\\n' ;; *) echo 4 ;; esac", "8"),
            ("mariadb", "", "0"),
            ("rabbitmq", "printf 'false\\tone\\nfalse\\ttwo words\\ntrue\\tmine\\nfalse\\tamq.gen-x\\n'", "2"),
            ("rabbitmq", "", "0"), ("minio", "echo a; echo b", "2"), ("minio", "", "0"),
            ("redis", "printf '# Keyspace\\r\\ndb0:keys=5,expires=2,a=9\\r\\ndb3:keys=2,expires=0,a=0\\r\\n'", "5"),
            ("redis", "printf '# Keyspace\\r\\n'", "0"),
        ])
    func `counts`(kind: String, answer: String, count: String) async throws {
        try clients(answer)
        let end = try await run(kind, .count)
        #expect(end.status == 0 && end.answer == count, "\(kind): \(end)")
    }

    @Test func `pours no dump of documents that was cut`() async throws {
        try clients("echo \"$@\" >>\"$STORY\"")
        var packing = Program("/usr/bin/env", ["gzip", "-c"])
        // As every archive of mongodump begins.
        packing.input = [0x6d, 0xe2, 0x99, 0x81] + Array(String(repeating: "documents ", count: 100).utf8)
        let dump = try await Finished.run(packing).bytes
        for cut in [0, dump.count / 2, dump.count - 1] {
            let end = try await run("mongo", .restore, input: Array(dump.prefix(cut)))
            #expect(end.status != 0 && end.err.contains("does not end as a whole one does"), "\(cut): \(end)")
        }
        packing.input.removeFirst()
        let other = try await run("mongo", .restore, input: try await Finished.run(packing).bytes)
        #expect(other.status != 0 && other.err.contains("no archive of mongodump"), "\(other)")
        #expect(story.isEmpty, "nothing was dropped for it")
        #expect(try await run("mongo", .restore, input: dump).status == 0)
        #expect(story.contains("--nsFrom $database$.$name$ --nsTo db.$name$") && story.contains("--drop"))
    }

    @Test func `reads of a broker's dump what its own virtual host may have, and no users`() async throws {
        try clients("echo \"$@\" >>\"$STORY\"")
        #expect(try await run("rabbitmq", .restore, input: Array("{}".utf8)).status == 0)
        #expect(story.contains("ok = rabbit_definitions:import_raw(All, <<\"db\">>)."))
        #expect(!story.contains("import_definitions"))
    }
}
