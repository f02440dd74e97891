import Core
import Testing

@testable import Features

@Suite struct `what a source says of itself` {
    @Test func `a Procfile is lines of type and command`() throws {
        let file = try Procfile("web: bin/web $PORT\r\n# no\n// no\n\nworker-1: run  it\nrelease: migrate\n")
        #expect(file.types == [try ProcessType("web"), try ProcessType("worker-1")].sorted())
        #expect(file.commands[.web] == "bin/web $PORT")
        #expect(file.commands[.release] == "migrate")
    }

    @Test(arguments: ["web", "web:", ": x", "we b: x", "web: a\nweb: b", "web: a\u{1b}[31m", "../x: y"])
    func `a bad Procfile is refused`(text: String) {
        #expect { try Procfile(text) } throws: { ($0 as? Failure)?.code == .badProcfile }
    }

    @Test func `app json gives checks, formation, variables and scripts`() throws {
        let text = """
            { // comments are fine
              "formation": {"web": {"quantity": 2}}, "unknown": [1],
              "healthchecks": {"web": [{"type": "startup", "path": "/up", "timeout": 2}]},
              "env": {"A": "x", "B": {"generator": "secret"}, "C": {"required": false}},
              "scripts": {"dokku": {"predeploy": "make"}, "postdeploy": "seed"} }
            """
        let json = try AppJSON(Array(text.utf8))
        #expect(json.formation[.web]?.quantity == 2)
        #expect(json.healthchecks[.web]?.first?.path == "/up")
        #expect(json.healthchecks[.web]?.first?.attempts == 3)
        #expect(json.env[try ConfigKey("A")]?.value == "x")
        #expect(json.env[try ConfigKey("B")]?.generator == "secret")
        #expect(json.scripts == AppJSON.Scripts(predeploy: "make", postdeploy: nil, firstDeploy: "seed"))
    }

    @Test(arguments: [
        "", "[]", "{", #"{"formation": {"web": {"quantity": -1}}}"#, #"{"env": {"1A": "x"}}"#,
        #"{"env": {"A B": "x"}}"#,
        #"{"healthchecks": {"web": [{"path": "no slash"}]}}"#, #"{"healthchecks": {"w b": []}}"#,
        #"{"healthchecks": {"web": [{"path": "/a\r\nHost: b"}]}}"#, #"{"formation": {"web": {"quantity": "two"}}}"#,
    ])
    func `a bad app json is refused`(text: String) {
        #expect { try AppJSON(Array(text.utf8)) } throws: { ($0 as? Failure)?.code == .badAppJSON }
    }

    @Test func `numbers of processes follow app json, then what was asked, then the defaults`() throws {
        let worker = try ProcessType("worker")
        var facts = SourceFacts()
        facts.procfile = try Procfile("web: a\nworker: b")
        #expect(Formation(asked: [:], facts: facts).quantities == [.web: 1, worker: 0])
        #expect(Formation(asked: [worker: 2], facts: facts).quantities == [.web: 1, worker: 2])
        facts.appJSON.formation = [worker: .init(quantity: 3)]
        #expect(Formation(asked: [worker: 2], facts: facts).quantities == [.web: 1, worker: 3])
        #expect(Formation(asked: [.web: 2], facts: SourceFacts()).slots.map(\.ordinal) == [1, 2])
    }

    @Test(arguments: [
        ("bin/web --port $PORT", ["bin/web", "--port", "5000"]), ("a 'b c'", ["a", "b c"]),
        ("a ${PORT}x", ["a", "5000x"]),
        ("a; b", ["/bin/sh", "-c", "a; b"]), ("a > b", ["/bin/sh", "-c", "exec a > b"]),
        ("A=1 b", ["/bin/sh", "-c", "exec A=1 b"]), ("a '$PORT'", ["/bin/sh", "-c", "exec a '$PORT'"]),
        ("a ${PORT:-1}", ["/bin/sh", "-c", "exec a ${PORT:-1}"]),
    ])
    func `plain commands need no shell`(command: String, words: [String]) {
        #expect(ProcessCommand.words(command, environment: ["PORT": "5000"]) == words)
    }

    @Test(arguments: [(["web=2", "worker=0"], "web=2 worker=0"), ([], "")])
    func `numbers of processes are read and written`(words: [String], text: String) throws {
        #expect(Scale.text(try Scale.parse(words)) == text)
    }

    @Test(arguments: [["web"], ["web=-1"], ["web=1001"], ["web=1", "web=2"], ["we b=1"], ["=1"], ["web=x"]])
    func `bad numbers of processes are refused`(words: [String]) {
        #expect(throws: Failure.self) { try Scale.parse(words) }
    }
}
