import Building
import Core
import Engine

extension DockerFlag {
    private static let noEffect = "it has no effect: it is about the output of docker's own program"
    private static let noMeeting = "it has no effect: what is built meets no container"
    private static let noTraces = "it has no effect: builds leave nothing behind"
    private static let noAttestation = "it has no effect: no attestations are made"

    /// What builds may be given, one line each, in the order of the alphabet.
    static let builds: [DockerFlag] = {
        // One statement a row: as one literal the compiler would weigh all rows against each other.
        var table: [DockerFlag] = []
        table.build("--add-host") { $0.extra("extrahosts", try DockerValue.hostLine($1)) }
        table.build("--build-arg", note: "without =VALUE it is the app's variable of that name") {
            try $0.addArgument($1)
        }
        table.build("--cache-from") { $0.cacheFrom.append(try DockerValue.cache($1)) }
        table.build("--cgroup-parent") { $0.only("cgroupparent", $1) }
        table.buildSwitch("--compress", note: noEffect) { _, _ in }
        table.build("--cpu-period") { $0.only("cpuperiod", try DockerValue.number($1, 0...1_000_000).text) }
        table.build("--cpu-quota") { $0.only("cpuquota", try DockerValue.number($1, -1...1_000_000_000).text) }
        table.build("--cpu-shares", "-c") { $0.only("cpushares", try DockerValue.number($1, 0...262_144).text) }
        table.build("--cpuset-cpus") { b, v in
            _ = try DockerValue.ranges(v); b.only("cpusetcpus", v)
        }
        table.build("--cpuset-mems") { b, v in
            _ = try DockerValue.ranges(v); b.only("cpusetmems", v)
        }
        table.buildSwitch("--force-rm", note: noTraces) { _, _ in }
        table.build("--iidfile", note: noEffect) { _, _ in }
        table.build("--label") { try $0.addLabel($1) }
        table.build("--link", note: noMeeting) { _, v in _ = try DockerValue.link(v) }
        table.build("--memory", "-m") { $0.request.memory = try DockerValue.bytes($1) }
        table.build("--memory-swap") { try $0.only("memswap", $1 == "-1" ? $1 : "\(DockerValue.bytes($1))") }
        table.build("--network") { $0.request.network = try DockerValue.plainWord($1) }
        table.buildSwitch("--no-cache") { $0.request.noCache = $1 }
        table.build("--platform") { $0.request.platform = try DockerValue.platform($1) }
        table.build("--progress", note: noEffect) { _, _ in }
        table.build("--provenance", note: noAttestation) { _, v in _ = try DockerValue.one(of: ["false"], v) }
        table.buildSwitch("--pull") { $0.request.pull = $1 }
        table.buildSwitch("--quiet", "-q", note: noEffect) { _, _ in }
        table.buildSwitch("--rm", note: noTraces) { _, _ in }
        table.build("--sbom", note: noAttestation) { _, v in _ = try DockerValue.one(of: ["false"], v) }
        table.build("--shm-size") { try $0.only("shmsize", "\(DockerValue.bytes($1))") }
        table.build("--target") { $0.request.target = try DockerValue.plainWord($1) }
        table.build("--ulimit") { $0.limits.append(try DockerValue.ulimit($1)) }
        return table
    }()

    /// What a build of ours cannot be given, each with the reason.
    static let refusedInBuilds: [(names: Set<String>, reason: String)] = [
        (["--secret", "--ssh"], "the engine asks the client for it during the build, which its API offers to no tar"),
        (["--tag", "-t", "--output", "-o", "--load", "--push"], "the image is tagged by the release it is of"),
        (["--file", "-f"], "slipway builder-dockerfile:set APP dockerfile-path PATH is heeded everywhere"),
        (
            [
                "--allow", "--annotation", "--attest", "--builder", "--cache-to", "--call", "--check", "--debug", "-D",
                "--isolation", "--squash",
            ],
            "the engine builds by itself, without docker's buildx"
        ),
    ]
}

/// A build that options change on the way to the engine.
struct DockerBuild: Sendable {
    var request: BuildRequest
    /// The app's variables, for arguments that name one.
    let variables: [String: String]
    var cacheFrom: [String] = []
    var limits: [JSON] = []

    init(_ request: BuildRequest, variables: [String: String]) {
        self.request = request
        self.variables = variables
    }

    /// The request with what was gathered.
    var finished: BuildRequest {
        var copy = request
        if !cacheFrom.isEmpty { copy.extra["cachefrom"] = [JSON.strings(cacheFrom).text] }
        if !limits.isEmpty { copy.extra["ulimits"] = [JSON.array(limits).text] }
        return copy
    }

    mutating func extra(_ name: String, _ value: String) { request.extra[name, default: []].append(value) }

    mutating func only(_ name: String, _ value: String) { request.extra[name] = [value] }

    /// An argument without a value is the app's variable; where there is none, the Dockerfile's own default holds.
    mutating func addArgument(_ text: String) throws {
        let (key, value) = try DockerValue.variable(text)
        request.arguments[key] = value ?? variables[key]
    }

    mutating func addLabel(_ text: String) throws {
        let (key, value) = try DockerValue.label(text)
        request.labels[key] = value
    }
}
