import ArgumentParser
import Core
import Scheduling
import Terminals

struct ServicesExport: ServiceCommand {
    static let configuration = CommandConfiguration.verb(
        "services:export",
        "Dump a service to standard output",
        examples: ["services:export postgres db > db.dump", "services:export redis cache > cache.rdb"],
        details: "Ends with 1 when the dump is not whole, whatever was written by then."
    )
    static let permission = Permission.change
    @OptionGroup var service: ServiceArgument

    func run(on host: Host) async throws {
        let terminal = try Terminal()
        try await Services(on: host).export(try await service.find(host)) { try await terminal.write($0, to: .output) }
    }
}

struct ServicesImport: ServiceCommand {
    static let configuration = CommandConfiguration.verb(
        "services:import",
        "Put a dump from standard input in the place of what a service holds",
        examples: ["services:import postgres db < db.dump", "services:import redis cache < cache.rdb"],
        details: "It takes what export gives; a dump that was cut changes nothing."
    )
    static let permission = Permission.change
    @OptionGroup var service: ServiceArgument

    func run(on host: Host) async throws {
        try Input.refuseTerminal("a dump")
        let found = try await service.find(host)
        let input = ServiceInput()
        try await Services(on: host).restore(found) { try await input.next() }
        host.output.step("Imported into \(found.title)")
    }
}

/// Standard input, read by one after the other.
private actor ServiceInput {
    private var chunks = Input.Chunks().makeAsyncIterator()

    func next() async throws -> [UInt8]? {
        var own = chunks
        let bytes = try await own.next()
        chunks = own
        return bytes
    }
}

struct ServicesConnect: ServiceCommand {
    static let configuration = CommandConfiguration.verb(
        "services:connect",
        "The service's own client, as its administrator",
        examples: ["services:connect postgres db", "services:connect redis cache"]
    )
    static let permission = Permission.change
    @OptionGroup var service: ServiceArgument

    func run(on host: Host) async throws {
        let services = Services(on: host)
        let found = try await service.find(host)
        let action = try services.kinds.find(found.kind).action(.connect)
        let inside = try services.server(found).inside(try await services.running(found))
        let status = try await Enter(on: host).attended(
            action.run.map { $0.filled(inside.values) },
            action.environment.mapValues { $0.filled(inside.values) },
            in: inside.handle,
            near: try Terminal()
        )
        if status != 0 { throw ExitCode(status) }
    }
}

struct ServicesEnter: KindCommand, SelfDescribing {
    static let configuration = CommandConfiguration.verb(
        "services:enter",
        "A shell or a command inside the container of a service",
        examples: ["services:enter postgres db", "services:enter redis cache ls /data"]
    )
    static let permission = Permission.administer
    static var passesWordsThrough: Bool { true }
    static var arguments: [ArgumentFacts] {
        var program = ArgumentFacts(word: "command", "Program and its words, as they are", isOptional: true)
        program.isRepeating = true
        return [
            ArgumentFacts(word: "kind", "Kind of service, as postgres"), ArgumentFacts(word: "service", "Its name"),
            program,
        ]
    }
    @Argument(parsing: .captureForPassthrough, help: "KIND NAME [--] COMMAND...") var words: [String] = []

    var kindInWords: ServiceKindName? { words.first.flatMap { try? ServiceKindName($0) } }

    func run(on host: Host) async throws {
        guard words.count >= 2 else {
            throw Failure(.usage, "Please specify a service to run the command on", fix: "slipway postgres:enter NAME")
        }
        let services = Services(on: host)
        let found = try await services.find(try ServiceKindName(words[0]), try ServiceName(words[1]))
        let handle = try await services.running(found)
        var command = Array(words.dropFirst(2))
        if command.first == "--" { command.removeFirst() }
        if command.isEmpty { command = ["/bin/sh"] }
        let status = try await Enter(on: host).attended(command, in: handle, near: try Terminal())
        if status != 0 { throw ExitCode(status) }
    }
}

struct ServicesLogs: ServiceCommand {
    static let configuration = CommandConfiguration.verb(
        "services:logs",
        "What the server of a service says",
        examples: ["services:logs postgres db", "services:logs redis cache -n 20 -t"]
    )
    static let permission = Permission.view
    @Flag(name: [.customShort("t"), .long], help: "Go on as lines come") var tail = false
    @Option(name: [.customShort("n"), .long], help: "How many of the last lines") var num = 100
    @OptionGroup var service: ServiceArgument

    func run(on host: Host) async throws {
        let found = try await service.find(host)
        guard num >= 0, num <= 100_000 else { throw Failure(.usage, "--num \(num) cannot be", fix: "use 0 to 100000") }
        guard let handle = found.container, try await host.scheduler.inspect(handle) != nil else {
            throw Failure(.unchangeable, "\(found.title) has no container", why: "it is stopped")
        }
        let lines = host.scheduler.logs(of: handle, LogWish(follow: tail, tail: num, timestamps: true))
        for try await line in lines { host.output.answer("\(line.time) \(line.text)") }
    }
}

struct ServicesExpose: ServiceCommand {
    static let configuration = CommandConfiguration.verb(
        "services:expose",
        "Let ports of this host lead to a service",
        examples: ["services:expose postgres db 15432", "services:expose postgres db 0.0.0.0:15432"],
        details: """
            A port without an address is reached from this host alone; 0.0.0.0:PORT is for everybody, past any firewall
            that does not know the engine. Without a port a free one is chosen. The server is restarted.
            """
    )
    static let permission = Permission.administer
    @OptionGroup var service: ServiceArgument
    @Argument(help: "PORT or ADDRESS:PORT, one for each port of the server") var ports: [String] = []

    func run(on host: Host) async throws {
        let services = Services(on: host)
        let found = try await service.find(host)
        let inside = try services.kinds.find(found.kind).ports
        guard ports.isEmpty || ports.count == inside.count else {
            throw Failure(
                .usage,
                "\(inside.count) ports to be exposed need to be provided in the following order: "
                    + inside.map { "\($0)" }.joined(separator: " ")
            )
        }
        var wanted: [ExposedPort] = []
        for (index, port) in inside.enumerated() {
            let text = try await ports.isEmpty ? "\(services.freePort())" : ports[index]
            wanted.append(try ExposedPort(text, to: port))
        }
        try await services.expose(found, wanted)
        host.output.step("Service \(found.name) exposed on port(s) \(wanted.map(\.text).joined(separator: " "))")
        if wanted.allSatisfy({ $0.address == ExposedPort.loopback }) {
            host.output.detail("this host alone reaches it; 0.0.0.0:PORT is for everybody")
        }
    }
}

struct ServicesUnexpose: ServiceCommand {
    static let configuration = CommandConfiguration.verb(
        "services:unexpose",
        "Let no port of this host lead to a service any more",
        examples: ["services:unexpose postgres db", "services:unexpose redis cache"]
    )
    static let permission = Permission.administer
    @OptionGroup var service: ServiceArgument

    func run(on host: Host) async throws {
        let found = try await service.find(host)
        let isNew = try await Services(on: host).change(found, "unexpose") { $0.exposed = [] }
        guard isNew else {
            return host.output.step("\(found.title) is not exposed: unchanged")
        }
        host.output.step("Service \(found.name) unexposed")
    }
}
