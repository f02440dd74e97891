import Core
import FoundationEssentials
import Programs
import Support
import SystemPackage
import Testing

@testable import Features

/// What the declarations read a dump by, run here.
@Suite struct `A restore of a kind of service` {
    private let clients: ServiceClients

    init() throws { clients = try ServiceClients() }

    @Test(arguments: ["mariadb", "mysql"])
    func `makes the users as whom views work before they are read, and none of the administrator's name`(kind: String)
        async throws
    {
        try clients.say(#"{ echo "$@:"; cat; } >>"$STORY""#)
        let definers = ["`ana'x`@`10.%`", "`root`@`127.%`", "``@`%`"]
        let dump = definers.map { "/*!50013 DEFINER=\($0) SQL SECURITY DEFINER */\n" }.joined()
        let data = "INSERT INTO t VALUES ('\\n/*!50013 DEFINER=`eve`@`%` SQL SECURITY DEFINER */');\n"
        let end = try await clients.run(kind, .restore, input: Array((dump + data + "-- Dump completed\n").utf8))
        #expect(end.status == 0, "\(end)")
        #expect(
            clients.isTold(["CREATE USER `ana'x`@`10.%` ACCOUNT LOCK", "ON `db`.* TO `ana'x`@`10.%`;", "/*!50013"])
        )
        #expect(clients.story.split(separator: "CREATE USER").count == 2, "\(clients.story)")
        // Who is there already is no failure; whatever else it is, is.
        for (code, isFine) in [(1396, true), (1227, false)] {
            try clients.say(
                """
                words=$(cat)
                case $words in "CREATE USER"*) echo 'ERROR \(code) (HY000) at line 1: no' >&2; exit 1 ;; esac
                """
            )
            let end = try await clients.run(kind, .restore, input: Array((dump + "-- Dump completed\n").utf8))
            #expect((end.status == 0) == isFine && (isFine || end.err.contains("1227")), "\(end)")
        }
    }

    @Test(arguments: ["mariadb", "mysql"])
    func `pours no dump that was cut, and what is newer than one goes`(kind: String) async throws {
        try clients.say(#"{ echo "$@:"; cat; } >>"$STORY""#)
        let dump = "CREATE TABLE t (n int);\n-- Dump completed on a day\n"
        let cut = try await clients.run(kind, .restore, input: Array(dump.dropLast(40).utf8))
        #expect(cut.status != 0 && cut.err.contains("does not end as a whole one does") && clients.story.isEmpty)
        #expect(try await clients.run(kind, .restore, input: Array(dump.utf8)).status == 0)
        #expect(
            clients.isTold(["DROP DATABASE IF EXISTS `db`", "CREATE DATABASE `db`", "CREATE TABLE t"]),
            "\(clients.story)"
        )
    }

    /// Of PostgreSQL's clients: what is to be read back, where `fails` with an error.
    private func postgres(fails part: String) throws {
        try clients.folder.write(
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
        try clients.folder.write(
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
        let end = try await clients.run("postgres", .restore, input: Array("PGDMP".utf8))
        #expect((end.status == 0) == (failing == "nothing"), "\(end)")
        #expect(clients.isTold(["COMMIT;"]) == (failing == "nothing"), "\(clients.story)")
        #expect(clients.story.contains("ON_ERROR_STOP=1 -o /dev/null\n"), "one that goes on would commit what is left")
        guard failing == "nothing" else { return }
        #expect(
            clients.isTold([
                "BEGIN;", "DROP SCHEMA", "-- schemas 1;", "ALTER SCHEMA", "RESET ROLE", "-- one 2;", "RESET ROLE",
                "-- one 9;", "SET ROLE slipway_apps", "-- one 3;", "RESET ROLE", "GRANT ALL", "SET ROLE slipway_apps",
                "-- main 4;", "RESET ROLE", "REVOKE ALL", "-- after 5;", "-- after 8;", "COMMIT;", "echo whole",
            ]),
            "\(clients.story)"
        )
        #expect(
            !clients.story.contains(" 6;") && !clients.story.contains(" 7;"),
            "public is there, and no trigger works for the apps"
        )
    }

    @Test func `pours no dump of documents that was cut`() async throws {
        try clients.say("echo \"$@\" >>\"$STORY\"")
        var packing = Program("/usr/bin/env", ["gzip", "-c"])
        // As every archive of mongodump begins.
        packing.input = [0x6d, 0xe2, 0x99, 0x81] + Array(String(repeating: "documents ", count: 100).utf8)
        let dump = try await Finished.run(packing).bytes
        for cut in [0, dump.count / 2, dump.count - 1] {
            let end = try await clients.run("mongo", .restore, input: Array(dump.prefix(cut)))
            #expect(end.status != 0 && end.err.contains("does not end as a whole one does"), "\(cut): \(end)")
        }
        packing.input.removeFirst()
        let other = try await clients.run("mongo", .restore, input: try await Finished.run(packing).bytes)
        #expect(other.status != 0 && other.err.contains("no archive of mongodump"), "\(other)")
        #expect(clients.story.isEmpty, "nothing was dropped for it")
        #expect(try await clients.run("mongo", .restore, input: dump).status == 0)
        #expect(
            clients.story.contains("--nsFrom $database$.$name$ --nsTo db.$name$") && clients.story.contains("--drop")
        )
    }

    @Test func `reads of a broker's dump what its own virtual host may have, and no users`() async throws {
        try clients.say("echo \"$@\" >>\"$STORY\"")
        #expect(try await clients.run("rabbitmq", .restore, input: Array("{}".utf8)).status == 0)
        #expect(clients.story.contains("ok = rabbit_definitions:import_raw(All, <<\"db\">>)."))
        #expect(!clients.story.contains("import_definitions"))
    }
}
