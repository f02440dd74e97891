import Core
import FoundationEssentials
import Programs
import Support
import SystemPackage
import Testing

@Suite(
    "Hostile input is refused or stored exactly",
    .serialized,
    .enabled(if: Sandbox.isWanted),
    .timeLimit(.minutes(10))
)
struct HostileStory {
    let sandbox: Sandbox
    /// Made by whatever is executed though it should not be.
    let canary: FilePath

    init() throws {
        sandbox = try .current()
        canary = FilePath("/tmp").appending("canary-\(sandbox.instance)")
    }

    @Test func `commands over ssh are refused with a message and never run`() async throws {
        var mischief = Mischief(seed: 20, canary: canary.string)
        for _ in 0..<Sandbox.count(small: 60, full: 500) {
            let command = mischief.command()
            let answer = try await sandbox.ssh([command])
            // 20 is no such app; an empty command line shows help; what happens to be a right command may succeed.
            #expect([0, 1, 2, 3, 5, 6, 20, 128].contains(answer.status), "\(quoted(command)): \(answer)")
            #expect(answer.status == 0 || !answer.err.isEmpty, "\(quoted(command)) is refused without a word")
            expectClean(answer, command)
        }
        try expectNothingExecuted()
        try await expectNginxContent()
    }

    @Test func `configuration values are stored exactly`() async throws {
        let app = "story-values"
        try await sandbox.withApp(app) { _ in
            var mischief = Mischief(seed: 21, canary: canary.string)
            for number in 0..<Sandbox.count(small: 10, full: 100) {
                let value = mischief.word() + (number == 0 ? "line\nline" : "")
                let encoded = Data(value.utf8).base64EncodedString()
                try await sandbox.done("config:set", "--no-restart", "--encoded", app, "ODD=\(encoded)")
                let stored = try await sandbox.done("config:get", app, "ODD").out
                #expect(stored == value + "\n" || stored == value)
            }
            for key in ["1A", "A-B", "A B", "A;B", "É", String(repeating: "A", count: 256)] {
                let refused = try await sandbox.ssh(["config:set --no-restart \(app) '\(key)=x'"])
                #expect(refused.status == 2 || refused.status == 1, "\(quoted(key)): \(refused)")
            }
        }
        try expectNothingExecuted()
    }

    @Test func `domains are names or refused, and nginx takes the longest`() async throws {
        let app = "story-names"
        try await sandbox.withApp(app) { _ in
            let label = String(repeating: "a", count: 63)
            let longest = "\(label).\(label).\(label).\(String(repeating: "b", count: 61))"
            #expect(longest.utf8.count == 253)
            try await sandbox.done("domains:add", app, longest)
            #expect(try await sandbox.http(longest).get().body == "hello one\n")
            let bad = [
                longest + "b", "a..b", "-a.b", "a b", "a;b", "a{b}", "a\"b", "*", "*.*.a", "a/b", "a:80", "\(label)a.b",
            ]
            for name in bad {
                let refused = try await sandbox.ssh(["domains:add \(app) \(ShellWords.quote(name))"])
                #expect([1, 2, 3].contains(refused.status), "\(quoted(name)): \(refused)")
            }
            try await expectNginxContent()
            #expect(try await sandbox.get(app).body == "hello one\n")
        }
    }

    static let poisoned: [(String, [String: String])] = [
        ("procfile", ["Procfile": "we b: /serve\n; touch x: y\n"]),
        ("types", ["Procfile": "web: /serve\n../x: /serve\n"]),
        ("json", ["app.json": "{\"healthchecks\": {\"web\": [{\"path\": 7}]}"]),
        ("shape", ["app.json": "[]"]),
        ("modules", [".gitmodules": "[submodule \"x\"]\n\tpath = ../../x\n\turl = ext::sh -c touch\n"]),
    ]

    @Test(arguments: poisoned.map(\.0))
    func `a poisoned file fails the push with its own message`(_ name: String) async throws {
        let app = "story-poison-\(name)"
        let files = Self.poisoned.first { $0.0 == name }?.1 ?? [:]
        try await sandbox.withApp(app) { repo in
            try await repo.commit(files, message: "Poison it")
            let push = try await repo.push(to: sandbox, app)
            if name == "modules" {
                // Without an entry in the tree the file speaks of nothing; it may be ignored, never obeyed.
                try expectNothingExecuted()
                return
            }
            #expect(push.status != 0, "\(push)")
            #expect(push.transcript.contains { $0.hasPrefix("error: P1") }, "\(push)")
            #expect(try await sandbox.get(app).body == "hello one\n")
        }
    }

    @Test func `NUL and invalid UTF-8 by standard input are refused or kept, never cut`() async throws {
        let app = "story-bytes"
        try await sandbox.withApp(app) { _ in
            for bytes in [Array("A=x\0y\n".utf8), Array("A=".utf8) + [0xff, 0xfe, 0x0a], Array("A\0B=x\n".utf8)] {
                let refused = try await sandbox.ssh(["config:import --no-restart \(app) -"], input: bytes)
                #expect([1, 2].contains(refused.status) && !refused.err.contains("P003"), "\(refused)")
                #expect(try await sandbox.ssh("config:get", app, "A").status == 1, "half of it was stored")
            }
            let key = try await sandbox.ssh(["ssh-keys:add evil"], input: Array("ssh-ed25519 AAAA\0\n".utf8))
            #expect(key.status != 0)
        }
    }

    @Test func `archives that climb out or hold links outwards are refused`() async throws {
        let app = "story-archive"
        try await sandbox.withApp(app) { _ in
            let target = "\(canary)-archive"
            for archive in [climbing(to: target), linking(to: "/etc")] {
                let refused = try await sandbox.ssh(["git:from-archive \(app) --"], input: archive)
                #expect(refused.status != 0, "\(refused)")
                #expect(!refused.err.isEmpty && !refused.err.contains("P003"), "\(refused)")
            }
            #expect(!FileManager.default.fileExists(atPath: target))
            #expect(try await sandbox.get(app).body == "hello one\n")
        }
    }

    private func climbing(to path: String) -> [UInt8] {
        let text = Array("climbed\n".utf8)
        let up = String(repeating: "../", count: 12)
        let header = TarHeader(name: up + path.dropFirst(), size: Int64(text.count), mode: 0o644, kind: .file)
        return Tar.header(header) + text + Tar.padding(Int64(text.count)) + Tar.end
    }

    private func linking(to path: String) -> [UInt8] {
        let link = TarHeader(name: "link", size: 0, mode: 0o777, kind: .symlink(target: path))
        let text = Array("through\n".utf8)
        let file = TarHeader(name: "link/slipway-was-here", size: Int64(text.count), mode: 0o644, kind: .file)
        return Tar.header(link) + Tar.header(file) + text + Tar.padding(Int64(text.count)) + Tar.end
    }

    /// No escape sequence reaches a person's terminal.
    private func expectClean(_ answer: Finished, _ command: String) {
        let controls = (answer.out + answer.err).unicodeScalars.filter {
            ($0.value < 32 && $0 != "\n" && $0 != "\t") || $0.value == 127
        }
        #expect(controls.isEmpty, "\(quoted(command)) got control characters back")
    }

    private func expectNothingExecuted() throws {
        #expect(!FileManager.default.fileExists(atPath: canary.string))
    }

    /// nginx accepts the whole configuration as it is.
    private func expectNginxContent() async throws {
        let words = [
            "-t", "-q", "-p", sandbox.folder.appending("nginx").string, "-c",
            sandbox.folder.appending("nginx.conf").string,
        ]
        _ = try await Finished.run(Program("/usr/sbin/nginx", words)).succeeded("nginx -t")
    }
}
