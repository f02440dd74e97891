import Core
import Engine
import Testing

@testable import Building

@Suite struct BuildFailureTests {
    private let text = DockerfileText(
        """
        # syntax=docker/dockerfile:1
        FROM busybox AS build
        RUN echo one && \\
            # a comment between
            echo two

        COPY <<EOF /etc/x
        RUN not an instruction
        EOF
        run make
        RUN make
        COPY a b
        """
    )

    @Test(arguments: [
        ("FROM busybox AS build", 2), ("RUN echo one && echo two", 3), ("COPY a b", 12), ("COPY <<EOF /etc/x", 7),
    ])
    func `an instruction is found on its line`(_ instruction: String, _ line: Int) {
        #expect(text.line(of: instruction) == line)
    }

    @Test(arguments: ["RUN make", "RUN not an instruction", "RUN other"])
    func `an instruction that stands twice or nowhere has no line`(_ instruction: String) {
        #expect(text.line(of: instruction) == nil)
    }

    @Test func `another escape character`() {
        let text = DockerfileText("# escape=`\nFROM x\nRUN a `\n b\nCOPY c d\\\nRUN e")
        #expect(text.instructions.map(\.line) == [2, 3, 5, 6])
    }

    @Test(arguments: [
        "executor failed running [/bin/sh -c echo one]: exit code: 2",
        "failed to solve: process \"/bin/sh -c echo one\" did not complete successfully: exit code: 2",
        "The command '/bin/sh -c echo one' returned a non-zero code: 2",
    ])
    func `a program that ends badly`(_ message: String) {
        let failure = failure("[2/5] RUN echo one &&     echo two", message, log: "a\nb\n")
        #expect(failure.code == .buildFailed)
        #expect(failure.what == "the build failed at RUN echo one && echo two")
        #expect(failure.why == "Dockerfile line 3, RUN echo one && echo two: exit 2")
        #expect(failure.excerpt == .init(title: "last lines of RUN echo one && echo two", lines: ["a", "b"]))
    }

    @Test(arguments: ["exit code: 137", "runc did not terminate successfully: cannot allocate memory"])
    func `memory that ran out`(_ message: String) {
        #expect(failure("[2/5] RUN x", message).code == .buildOutOfMemory)
    }

    @Test func `a command that is not there`() {
        let failure = failure("[2/5] RUN nodejs", "exit code: 127")
        #expect(failure.why?.hasSuffix("exit 127, the command was not found") == true)
        #expect(failure.fix != nil)
    }

    @Test func `a file that is not in the context`() {
        let message = "failed to compute cache key: \"/a\" not found: not found"
        let failure = failure("[5/5] COPY a b", message)
        #expect(failure.why == "Dockerfile line 12, COPY a b: \(message)")
        #expect(failure.fix?.contains(".dockerignore") == true)
    }

    @Test func `a base image that the classic builder cannot pull`() {
        let failure = failure("[1/2] FROM --platform=linux/arm64 nothing:1 AS x", "manifest unknown")
        #expect(failure.what == "the base image nothing:1 cannot be had")
    }

    @Test func `a base image that nobody has`() {
        let failure = failure("[internal] load metadata for docker.io/library/nothing:1", "pull access denied")
        #expect(failure.what == "the base image docker.io/library/nothing:1 cannot be had")
        #expect(failure.why == "Dockerfile: pull access denied")
    }

    @Test func `a Dockerfile that is not understood`() {
        let message =
            "failed to solve with frontend dockerfile.v0: dockerfile parse error line 3: unknown instruction: RU\u{1b}[0mN"
        let failure = BuildFailure(step: nil, message: message, code: nil, dockerfile: text, path: "Dockerfile").failure
        #expect(failure.what == "the build failed")
        #expect(failure.why == "Dockerfile: dockerfile parse error line 3: unknown instruction: RUN")
    }

    @Test func `a missing Dockerfile names what may have been meant`() async throws {
        let engine = Engine(socket: "/nowhere", instance: "00000000")
        let source = tree([
            "web/deep/Dockerfile": "", "deploy/dockerfile.prod": "", "a": "", "Dockerfile.dockerignore": "",
        ])
        do {
            _ = try await Dockerfile(engine: engine).build(BuildRequest(tag: "x"), source) { _ in }
            Issue.record("was built")
        } catch let failure as Failure {
            #expect(failure.code == .noDockerfile)
            #expect(failure.what == "there is no Dockerfile in this commit")
            #expect(failure.why == "near it are: \"deploy/dockerfile.prod\", \"web/deep/Dockerfile\"")
            #expect(failure.fix == "builder-dockerfile:set APP dockerfile-path deploy/dockerfile.prod")
        }
    }

    @Test func `builders are picked by name, by look, or the first`() async throws {
        let builders = Builders(engine: Engine(socket: "/nowhere", instance: "00000000"))
        #expect(try await builders.pick(named: nil, for: tree(["Dockerfile": ""])).name == "dockerfile")
        #expect(try await builders.pick(named: "dockerfile", for: tree([:])).name == "dockerfile")
        #expect(try await builders.pick(named: nil, for: tree([:])).name == "dockerfile")
        await #expect(throws: Failure.self) { try await builders.pick(named: "other", for: tree([:])) }
    }

    private func failure(_ name: String, _ message: String, log: String = "") -> Failure {
        var ledger = BuildLedger()
        _ = ledger.step(StepFact(digest: "x", name: name, started: at(0)))
        _ = ledger.log("x", Array(log.utf8))
        _ = ledger.step(StepFact(digest: "x", name: name, started: at(0), completed: at(1), error: message))
        let failed = ledger.failed
        return BuildFailure(step: failed, message: message, code: nil, dockerfile: text, path: "Dockerfile").failure
    }
}
