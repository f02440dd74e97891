import ArgumentParser
import Core
import Proxying

struct NginxAccessLogs: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "nginx:access-logs",
        "The last requests of an app, or its requests as they come",
        examples: ["nginx:access-logs shop", "nginx:access-logs shop -t"]
    )
    static let permission = Permission.view
    @Flag(name: [.customShort("t"), .customLong("tail")], help: "Go on with what is added") var follow = false
    @Argument(help: "App to look at") var app: AppName

    func run(on host: Host) async throws {
        let path = try await Nginx(on: host).logFiles(of: try await Apps(on: host).find(app)).access
        try await NginxLog(path: path, kind: "access", app: app).show(follow: follow, host)
    }
}

struct NginxErrorLogs: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "nginx:error-logs",
        "What nginx last could not do for an app, or goes on to tell",
        examples: ["nginx:error-logs shop", "nginx:error-logs shop -t"]
    )
    static let permission = Permission.view
    @Flag(name: [.customShort("t"), .customLong("tail")], help: "Go on with what is added") var follow = false
    @Argument(help: "App to look at") var app: AppName

    func run(on host: Host) async throws {
        let path = try await Nginx(on: host).logFiles(of: try await Apps(on: host).find(app)).errors
        try await NginxLog(path: path, kind: "error", app: app).show(follow: follow, host)
    }
}
