import Engine
import Support
import Testing

@Suite(.enabled(if: RealEngine.socket != nil), .timeLimit(.minutes(2)))
struct `streams of a real engine` {
    private let megabyte = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }

    @Test func `carries a megabyte each way through a container, after a half-close`() async throws {
        let sent = megabyte
        try await RealEngine.with { engine in
            var spec = ContainerSpec(image: RealEngine.base)
            spec.command = ["cat"]
            spec.openStdin = true
            spec.attach = true
            let id = try await engine.createContainer(name: nil, spec: spec)
            let connection = try await engine.attach(id, stdin: true, terminal: false)
            let exit = try await engine.beginWait(id, until: .nextExit)
            try await engine.startContainer(id)
            async let received = connection.output.all()
            try await connection.send(sent)
            try await connection.closeInput()
            #expect(try await received.flatMap(\.bytes) == sent)
            #expect(try await exit.status() == 0)
            await connection.close()
        }
    }

    @Test func `carries a megabyte each way through a program, and its exit code`() async throws {
        let sent = megabyte
        try await RealEngine.with { engine in
            let id = try await RealEngine.sleeper(engine)
            let exec = try await engine.createExec(
                id,
                command: ["sh", "-c", "cat; echo done >&2; exit 3"],
                terminal: false
            )
            #expect(try await engine.execFacts(exec).running == false)
            let connection = try await engine.startExec(exec, terminal: false)
            async let received = connection.output.all()
            for start in stride(from: 0, to: sent.count, by: 10_000) {
                try await connection.send(Array(sent[start..<min(start + 10_000, sent.count)]))
            }
            try await connection.closeInput()
            let frames = try await received
            #expect(frames.filter { $0.stream == .stdout }.flatMap(\.bytes) == sent)
            #expect(frames.text(.stderr) == "done\n")
            #expect(
                try await engine.execFacts(exec)
                    == ExecFacts(running: false, exitCode: 3, pid: frames.isEmpty ? 0 : engine.execFacts(exec).pid)
            )
        }
    }

    @Test func `gives a program a terminal of a size, and lets Ctrl-P through`() async throws {
        try await RealEngine.with { engine in
            let id = try await RealEngine.sleeper(engine)
            let exec = try await engine.createExec(
                id,
                command: [
                    "sh", "-c",
                    "echo ready; stty raw -echo; read -r line; stty size; dd bs=1 count=2 2>/dev/null | od -c",
                ],
                terminal: true,
                environment: ["TERM": "xterm"]
            )
            let connection = try await engine.startExec(exec, terminal: true)
            var output = ""
            var iterator = connection.output.makeAsyncIterator()
            while !output.contains("ready"), let frame = try await iterator.next() {
                output += String(decoding: frame.bytes, as: UTF8.self)
            }
            try await engine.resizeExec(exec, columns: 132, rows: 43)
            try await connection.send(Array("go\n".utf8))
            while !output.contains("43 132"), let frame = try await iterator.next() {
                output += String(decoding: frame.bytes, as: UTF8.self)
            }
            try await connection.send([0x10, 0x41])
            while let frame = try await iterator.next() { output += String(decoding: frame.bytes, as: UTF8.self) }
            #expect(output.contains("020   A"))
            #expect(try await engine.execFacts(exec).exitCode == 0)
        }
    }

    @Test func `holds a program back that writes more than is read`() async throws {
        try await RealEngine.with { engine in
            let id = try await RealEngine.sleeper(engine)
            let exec = try await engine.createExec(
                id,
                command: ["sh", "-c", "dd if=/dev/zero bs=1M count=64 2>/dev/null; touch /tmp/done"],
                terminal: false,
                input: false
            )
            let connection = try await engine.startExec(exec, terminal: false)
            var iterator = connection.output.makeAsyncIterator()
            _ = try await iterator.next()
            // Unhindered it takes a few hundredths of a second; so many questions take longer.
            for _ in 0..<300 { try #require(try await engine.execFacts(exec).running) }
            var count = 0
            while let frame = try await iterator.next() { count += frame.bytes.count }
            #expect(count > 63 << 20)
        }
    }

    @Test func `builds with BuildKit and tells the steps`() async throws {
        try await RealEngine.with { engine in
            var options = BuildOptions()
            options.tags = ["slipway-\(engine.instance)/x:v1"]
            options.labels = [Engine.appLabel: "x"]
            options.buildArguments = ["WORD": "a+b & c=ü%41"]
            options.noCache = true
            let dockerfile =
                "FROM \(RealEngine.base)\nARG WORD\nRUN echo \"said $WORD\" $(date +%N) && sleep 0.1\nEXPOSE 8080\n"
            let events = try await engine.build(options, context: tar(["Dockerfile": dockerfile])).all()
            let image = try #require(events.compactMap { if case .image(let id) = $0 { id } else { nil } }.last)
            let steps = events.compactMap { if case .step(let step) = $0 { step } else { nil } }
            let run = try #require(steps.last { $0.name.contains("RUN echo") })
            #expect(run.started != nil && run.completed != nil && !run.cached)
            let text = events.compactMap {
                if case .log(_, let bytes) = $0 { String(decoding: bytes, as: UTF8.self) } else { nil }
            }
            #expect(text.joined().contains("said a+b & c=ü%41"))
            #expect(try await engine.images(app: "x").map(\.id) == [image])
            #expect(try await engine.image(image)?.exposedPorts == ["8080/tcp"])
        }
    }

    @Test(arguments: [true, false])
    func `tells why a build failed, with the exit code`(buildKit: Bool) async throws {
        try await RealEngine.with { engine in
            var options = BuildOptions()
            options.buildKit = buildKit
            let dockerfile = "FROM \(RealEngine.base)\nRUN echo before; exit 42\n"
            let events = try await engine.build(options, context: tar(["Dockerfile": dockerfile])).all()
            guard case .failed(_, 42) = events.last else {
                Issue.record("it ended with \(String(describing: events.last))")
                return
            }
        }
    }

    @Test func `builds with the classic builder`() async throws {
        try await RealEngine.with { engine in
            var options = BuildOptions()
            options.buildKit = false
            options.tags = ["slipway-\(engine.instance)/x:v1"]
            let dockerfile = "FROM \(RealEngine.base)\nRUN echo hello there\n"
            let events = try await engine.build(options, context: tar(["Dockerfile": dockerfile])).all()
            #expect(events.contains(.classicLine("hello there")))
            let image = try #require(events.compactMap { if case .image(let id) = $0 { id } else { nil } }.last)
            #expect(try await engine.images().map(\.id) == [image])
        }
    }

    @Test(arguments: [true, false])
    func `cancelling the reader ends the build at the engine`(buildKit: Bool) async throws {
        let mark = RealEngine.randomHex()
        try await RealEngine.with { engine in
            var options = BuildOptions()
            options.buildKit = buildKit
            let dockerfile = "FROM \(RealEngine.base)\nRUN echo \(mark) begun; sleep 301; echo over\n"
            let stream = engine.build(options, context: tar(["Dockerfile": dockerfile]))
            let begun = ContinuousClock.now
            await withTaskGroup(of: Void.self) { group in
                let (seen, sight) = AsyncStream<Void>.makeStream()
                group.addTask {
                    do {
                        for try await event in stream {
                            if case .log(_, let bytes) = event, String(decoding: bytes, as: UTF8.self).contains("begun")
                            {
                                sight.yield()
                            }
                            if case .classicLine(let line) = event, line.contains("begun"), !line.contains("RUN") {
                                sight.yield()
                            }
                        }
                        #expect(Task.isCancelled, "the build ended by itself")
                    } catch {
                        #expect(error is CancellationError, "\(error)")
                    }
                    sight.finish()
                }
                var iterator = seen.makeAsyncIterator()
                _ = await iterator.next()
                group.cancelAll()
            }
            #expect(ContinuousClock.now - begun < .seconds(20))
            try await eventually("the step's shell is gone", within: .seconds(5)) {
                !RealEngine.isRunning(wordsContaining: "\(mark) begun")
            }
        }
    }
}
