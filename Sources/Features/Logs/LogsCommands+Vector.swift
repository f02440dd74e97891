import ArgumentParser
import Core
import Scheduling

struct LogsVectorStart: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "logs:vector-start",
        "Send what apps say to where logs:set says",
        examples: ["logs:vector-start", "logs:vector-start --vector-image timberio/vector:latest-alpine"],
        details: "A container reads the lines of all apps that have a vector-sink and sends them there.\n"
            + "It looks at the engine's socket, so its image is one to trust."
    )
    static let permission = Permission.administer
    @Option(name: .customLong("vector-image"), help: "Image of the shipper; the one that is set without it") var image:
        String?

    func run(on host: Host) async throws {
        let started = try await Shipper(on: host).start(image: image)
        host.output.step(started ? "Started the log shipper" : "the log shipper is unchanged: it runs already")
    }
}

struct LogsVectorStop: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "logs:vector-stop",
        "Send what apps say nowhere any more",
        examples: ["logs:vector-stop", "logs:vector-stop --quiet"]
    )
    static let permission = Permission.administer

    func run(on host: Host) async throws {
        let stopped = try await Shipper(on: host).stop()
        host.output.step(stopped ? "Stopped the log shipper" : "the log shipper is unchanged: none runs")
    }
}

struct LogsVectorLogs: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "logs:vector-logs",
        "What the shipper itself says",
        examples: ["logs:vector-logs --num 20", "logs:vector-logs --tail"]
    )
    static let permission = Permission.view
    @Flag(name: [.customShort("t"), .customLong("tail")], help: "Go on as it comes") var follow = false
    @Option(name: [.customShort("n"), .customLong("num")], help: "How many lines") var number = 100

    func run(on host: Host) async throws {
        guard number >= 0 else { throw Failure(.usage, "--num takes a number from 0") }
        let output = host.output
        try await Shipper(on: host).logs(LogWish(follow: follow, tail: number, timestamps: true)) {
            output.answer("\($0.time) \($0.text)")
        }
    }
}
