import Core
import FoundationEssentials
import Programs
import Support
import SystemPackage
import Testing

@testable import Features

/// What the declarations run, run here.
@Suite struct `A program of a kind of service` {
    private let clients: ServiceClients

    init() throws { clients = try ServiceClients() }

    @Test(arguments: ServiceStage.kinds.filter { $0 != "memcached" })
    func `fails where its server cannot be asked`(kind: String) async throws {
        try clients.say("exit 1")
        for verb in [ServiceVerb.removeUser, .count] {
            let end = try await clients.run(kind, verb)
            #expect(end.status != 0, "\(kind) \(verb): \(end)")
        }
    }

    @Test func `drops the user who is there, and ends its connections in any case`() async throws {
        try clients.say(
            """
            echo "$@" >>"$STORY"
            case "$*" in *list_users*) printf 'slipway\\t[administrator]\\nu_shop_1\\t[]\\n' ;; esac
            """
        )
        #expect(try await clients.run("rabbitmq", .removeUser).status == 0)
        #expect(
            clients.story.contains("delete_user u_shop_1")
                && clients.story.contains("close_all_user_connections u_shop_1")
        )
        // As after a drop that came no further.
        try clients.say(
            """
            echo "again $@" >>"$STORY"
            case "$*" in *list_users*) printf 'slipway\\t[administrator]\\nu_shop_12\\t[]\\n' ;; esac
            """
        )
        #expect(try await clients.run("rabbitmq", .removeUser).status == 0)
        #expect(
            !clients.story.contains("again -q delete_user")
                && clients.story.contains("again -q close_all_user_connections")
        )
    }

    @Test func `of a store drops the user who is there and no other`() async throws {
        for (user, isDropped) in [("u_shop_1", true), ("u_shop_12", false)] {
            try clients.say(
                """
                echo "\(user): $@" >>"$STORY"
                case "$*" in *"user list"*) echo '{"status":"success","accessKey":"\(user)"}' ;; esac
                """
            )
            #expect(try await clients.run("minio", .removeUser).status == 0)
            #expect(clients.story.contains("\(user): --quiet admin user remove local u_shop_1") == isDropped)
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
        try clients.say(answer.replacing("LEFT", with: ""))
        #expect(try await clients.run(kind, .removeUser).status == 0)
        #expect(clients.story.contains("DROP USER IF EXISTS 'u_shop_1'@'%';") && clients.story.contains("KILL 12;"))
        try FileManager.default.removeItem(atPath: clients.folder.path.appending("story.asked").string)
        try clients.say(answer.replacing("LEFT", with: "11"))
        let end = try await clients.run(kind, .removeUser)
        #expect(end.status != 0 && end.err.contains("connections are left: 11"))
    }

    @Test(arguments: ["mariadb", "mysql"])
    func `locks out the user as whom something of the database works`(kind: String) async throws {
        try clients.say(
            """
            read -r line || true
            echo "$line" >>"$STORY"
            case $line in "SELECT COUNT"*) echo 2 ;; esac
            """
        )
        #expect(try await clients.run(kind, .removeUser).status == 0)
        #expect(
            clients.story.contains("ALTER USER IF EXISTS 'u_shop_1'@'%' ACCOUNT LOCK;")
                && !clients.story.contains("DROP USER")
        )
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
        try clients.say(answer)
        let end = try await clients.run(kind, .count)
        #expect(end.status == 0 && end.answer == count, "\(kind): \(end)")
    }
}
