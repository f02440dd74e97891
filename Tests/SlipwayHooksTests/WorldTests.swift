import Glibc
import Support
import SystemPackage
import Testing

@testable import SlipwayHooks

/// Programs, files and what slipway is asked back.
@Suite(.timeLimit(.minutes(2))) struct WorldTests {
    let folder: TemporaryFolder
    let heard = Heard()

    init() throws { folder = try TemporaryFolder() }

    @Test func `a program gets its words, its input, and is heard on both streams`() throws {
        let text = String(repeating: "a line of some length\n", count: 20_000)
        let ran = try hook().run("/bin/sh", ["-c", "cat; echo \"$1\" >&2; exit 7", "sh", "it's $HOME"], input: text)
        #expect(ran.status == 7 && !ran.isSuccess)
        #expect(ran.output == text)
        #expect(ran.error == "it's $HOME\n" && ran.lastWords == "it's $HOME")
    }

    @Test func `a program that reads nothing does no harm`() throws {
        let ran = try hook().run("true", input: String(repeating: "x", count: 500_000))
        #expect(ran.isSuccess)
    }

    @Test func `a signal is 128 and its number`() throws {
        #expect(try hook().run("/bin/sh", ["-c", "kill -TERM $$"]).status == 143)
    }

    @Test func `what hangs is ended, also when it has closed what it says`() {
        for words in ["sleep 60", "exec >&- 2>&-; sleep 60"] {
            let start = ContinuousClock.now
            #expect(throws: Refusal.self) {
                try hook().run("/bin/sh", ["-c", words], within: .milliseconds(300))
            }
            #expect(ContinuousClock.now - start < .seconds(30))
        }
    }

    @Test func `what floods is ended`() {
        #expect(throws: Refusal("yes says more than a megabyte")) { try hook().run("yes") }
    }

    @Test func `a program that is not there is named`() {
        #expect(throws: Refusal("no-such-program could not be run: No such file or directory")) {
            try hook().run("no-such-program")
        }
    }

    @Test func `a program that was written a moment ago is waited for`() async throws {
        let program = try folder.write("program", "#!/bin/sh\nexit 3\n", mode: 0o755)
        let held = folder.path.appending("held")
        try hook().detach("/bin/sh", ["-c", "exec 3>>\(program); : >\(held); sleep 0.3"])
        try await eventually("it is held") { access(held.string, R_OK) == 0 }
        #expect(try hook().run(program.string).status == 3)
    }

    @Test func `what is detached leads a session of its own and has no owner`() async throws {
        let place = folder.path.appending("facts")
        setenv("SLIPWAY_OWNER", "somebody", 1)
        let words =
            "ps -o sid= -p $$ >\(place).new; echo \"$$ ${SLIPWAY_OWNER-none}\" >>\(place).new; mv \(place).new \(place)"
        try hook().detach("/bin/sh", ["-c", words])
        try await eventually("it has written") { access(place.string, R_OK) == 0 }
        unsetenv("SLIPWAY_OWNER")
        let parts = try #require(try read(place)).split(whereSeparator: \.isWhitespace)
        #expect(parts.count == 3 && parts[0] == parts[1] && parts[2] == "none")
    }

    @Test func `slipway is asked by its own program`() throws {
        try folder.write(
            "slipway",
            """
            #!/bin/sh
            case "$*" in
            "config:get --merged shop KEY") echo "two words" ;;
            "config:get --merged shop NONE") exit 1 ;;
            "config:get --merged gone KEY") echo "there is no app gone" >&2; exit 20 ;;
            "config:import --format json --no-restart shop") cat >"$(dirname "$0")/given" ;;
            "apps:list --format json") echo '["blog","shop"]' ;;
            *) echo "unexpected: $*" >&2; exit 9 ;;
            esac

            """,
            mode: 0o755
        )
        let hook = hook(["SLIPWAY_BIN": folder.path.appending("slipway").string, "SLIPWAY_APP": "shop"])
        #expect(try hook.config("KEY") == "two words")
        #expect(try hook.config("NONE") == nil)
        #expect(throws: Refusal("slipway config:get failed: there is no app gone")) {
            try hook.config("KEY", of: App("gone"))
        }
        #expect(try hook.apps == [App("blog"), App("shop")])
        try hook.set(config: ["A": "1", "B": "a \"secret\""], restart: false)
        #expect(try read(folder.path.appending("given")) == #"{"A":"1","B":"a \"secret\""}"#)
        #expect(throws: Refusal("slipway apps:what failed: unexpected: apps:what")) { try hook.slipway(["apps:what"]) }
        #expect(throws: Refusal.self) { try self.hook().slipway(["apps:list"]) }
    }

    @Test func `files of a plugin are its own, and no name leads out`() throws {
        let data = hook(["SLIPWAY_ROOT": folder.path.string, "SLIPWAY_PLUGIN": "hello"]).data
        #expect(try data.read("a") == nil && data.names() == [])
        try data.write("queue/a", "one")
        try data.write("queue/a", "two")
        try data.write("queue/b", "")
        #expect(try data.read("queue/a") == "two" && data.names(in: "queue") == ["a", "b"])
        #expect(try folder.mode("plugin-data") == 0o700 && folder.mode("plugin-data/hello/queue") == 0o700)
        #expect(try folder.mode("plugin-data/hello/queue/a") == 0o600)
        try data.remove("queue/a")
        try data.remove("queue/a")
        #expect(try data.names(in: "queue") == ["b"])
        for name in ["../other", "/etc/passwd", "a//b", ".hidden", "a/../b", "a\0b"] {
            #expect(throws: Refusal.self) { try data.write(name, "x") }
            #expect(throws: Refusal.self) { try data.read(name) }
        }
    }

    @Test func `a lock is held by one`() throws {
        let data = hook(["SLIPWAY_ROOT": folder.path.string, "SLIPWAY_PLUGIN": "hello"]).data
        let inner = try data.alone("work") { try data.alone("work", waits: false) { 1 } == nil }
        #expect(inner == true)
        #expect(try data.alone("work", waits: false) { 2 } == 2)
    }

    @Test func `properties are kept by app and follow it`() throws {
        let hook = hook(["SLIPWAY_ROOT": folder.path.string, "SLIPWAY_PLUGIN": "hello"])
        let (shop, blog) = (App("shop"), App("blog"))
        #expect(try hook.properties == Properties())
        try hook.change { properties in
            properties["greeting"] = "hi"
            properties["kept", of: shop] = "yes"
        }
        #expect(try hook.properties["greeting"] == "hi" && hook.properties["kept", of: shop] == "yes")
        try hook.change { $0.rename(shop, to: blog) }
        #expect(try hook.properties.apps == [blog] && hook.properties.all(of: blog) == ["kept": "yes"])
        try hook.change { $0.copy(blog, to: shop) }
        try hook.change { $0.forget(blog) }
        #expect(try hook.properties.apps == [shop])
        try hook.change { $0["kept", of: shop] = nil }
        #expect(try hook.properties.apps == [])
        #expect(throws: Refusal("no")) { try hook.change { _ in throw Refusal("no") } }
    }

    @Test func `a server is posted to, and what it says is no error`() async throws {
        let server = try await StubHTTPServer(hasPort: true) { asked in
            .init(status: asked.path == "/good" ? 201 : 503, body: "two\nlines")
        }
        let address = "http://127.0.0.1:\(try #require(server.port))"
        let body = #"{"text":"it's \"this\"\n\\ and é"}"# + "\n@/etc/passwd"
        let good = try hook().post("\(address)/good?a={b}", body, headers: [("X-Sign", "a \"b\"")])
        #expect(good == Reply(status: 201, body: "two\nlines", problem: ""))
        #expect(try hook().post("\(address)/bad", "x").status == 503)
        await server.stop()
        let asked = try #require(server.requests.first)
        #expect(asked.method == "POST" && asked.target == "/good?a={b}" && asked.body == body)
        #expect(asked.headers["x-sign"] == "a \"b\"" && asked.headers["content-type"] == "application/json")
        let gone = try hook().post("\(address)/good", "x", within: .seconds(5))
        #expect(gone.status == 0 && !gone.problem.isEmpty && !gone.isSuccess)
        for text in ["file:///etc/passwd", "http://", "https://a b", "example.com", "gopher://a"] {
            #expect(throws: Refusal.self) { try hook().post(text, "x") }
        }
    }

    private func hook(_ variables: [String: String] = [:]) -> Hook { heard.hook("post-stop", ["shop"], variables) }

    private func read(_ path: FilePath) throws -> String? {
        let data = PluginData(folder: path.removingLastComponent().string, root: path.removingLastComponent().string)
        return try data.read(path.lastComponent?.string ?? "")
    }
}
