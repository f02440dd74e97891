import Building
import Core
import Engine
import Scheduling
import Testing

@testable import Features

@Suite struct `options of docker` {
    private let app: App
    private let place: DockerPlace

    init() throws {
        app = App(id: try AppID("a1b2c3d4e5"), name: try AppName("shop"), createdAt: Timestamp(milliseconds: 0))
        let settings = try Host.fake().settings
        place = DockerPlace(app: app, settings: settings, type: .web, tld: "")
    }

    private func workload(_ text: String) throws -> Workload {
        var workload = Workload(name: "n", image: "i", hostname: "web-1")
        for one in try DockerOptionWords([text], in: .deploy).all {
            let flag = try #require(DockerFlag.named(one.name, in: .deploy))
            try flag.apply(one.value, to: &workload, place)
        }
        return workload
    }

    @Test(arguments: [
        ("--memory 512m", ["--memory 512m"]), ("--memory=512m -p 80:5000", ["--memory=512m", "-p 80:5000"]),
        ("--env 'A=b c' --init", ["--env 'A=b c'", "--init"]), ("-p8080:80", ["-p8080:80"]),
        ("--init=true --read-only=false", ["--init", "--read-only=false"]),
        (#"--label "a=\"b\"""#, [#"--label 'a="b"'"#]), ("--env A=$HOME;rm", ["--env 'A=$HOME;rm'"]),
    ])
    func `are cut into one entry each, by a shell's rules without a shell`(text: String, entries: [String]) throws {
        #expect(try DockerOptionWords([text], in: .deploy).all.map(\.text) == entries)
    }

    @Test func `given as several words, they are taken as they came`() throws {
        let all = try DockerOptionWords(["--label", "a=b c", "--shm-size 64m"], in: .deploy).all
        #expect(all.map(\.value) == ["a=b c", "64m"])
        #expect(all.map(\.text) == ["--label 'a=b c'", "--shm-size 64m"])
    }

    @Test(arguments: [
        "memory 512m", "--memory", "--memory 512m extra", "--init=maybe", "--memory ''", "--env 'A=b", "-",
        "--label \"a=\u{7}\"",
    ])
    func `what is cut wrongly is refused`(text: String) {
        #expect { try DockerOptionWords([text], in: .deploy) } throws: { ($0 as? Failure)?.code == .malformed }
    }

    @Test(arguments: [
        ("--name x", "named after"), ("--ip 1.2.3.4", "reserved"), ("--rm", "removed"), ("-d", "nobody attends"),
        ("--env-file /x", "config:import"), ("--stop-timeout 5", "stop-timeout-seconds"), ("-it", "terminal"),
    ])
    func `what would break a promise is refused with the reason`(text: String, reason: String) throws {
        let failure = #expect(throws: Failure.self) { try DockerOptionWords([text], in: .deploy) }
        #expect(failure?.code == .notAllowed)
        #expect(failure?.why?.contains(reason) == true)
    }

    @Test func `an unknown one is told what is near, and one of another phase where it goes`() {
        let typo = #expect(throws: Failure.self) { try DockerOptionWords(["--memry 1g"], in: .deploy) }
        #expect(typo?.fix == "did you mean --memory?")
        let other = #expect(throws: Failure.self) { try DockerOptionWords(["--build-arg A=b"], in: .run) }
        #expect(other?.fix == "it is one of build")
        let strange = #expect(throws: Failure.self) { try DockerOptionWords(["--frobnicate x"], in: .build) }
        #expect(strange?.fix?.contains("--build-arg") == true)
    }

    @Test(arguments: [
        ("--blkio-weight 500", #"{"BlkioWeight":500}"#), ("--cap-add A --cap-add B", #"{"CapAdd":["A","B"]}"#),
        ("--cap-drop ALL", #"{"CapDrop":["ALL"]}"#), ("--cgroup-parent /x", #"{"CgroupParent":"/x"}"#),
        ("--cgroupns host", #"{"CgroupnsMode":"host"}"#), ("--cpu-period 100000", #"{"CpuPeriod":100000}"#),
        ("--cpu-quota -1", #"{"CpuQuota":-1}"#), ("-c 512", #"{"CpuShares":512}"#),
        ("--cpuset-cpus 0-2,4", #"{"CpusetCpus":"0-2,4"}"#), ("--cpuset-mems 0", #"{"CpusetMems":"0"}"#),
        (
            "--device /dev/fuse",
            #"{"Devices":[{"CgroupPermissions":"rwm","PathInContainer":"/dev/fuse","PathOnHost":"/dev/fuse"}]}"#
        ),
        ("--device-cgroup-rule 'c 1:3 mr'", #"{"DeviceCgroupRules":["c 1:3 mr"]}"#),
        ("--dns 1.1.1.1 --dns 2606::1", #"{"Dns":["1.1.1.1","2606::1"]}"#),
        ("--dns-opt ndots:1", #"{"DnsOptions":["ndots:1"]}"#),
        ("--dns-search a.b", #"{"DnsSearch":["a.b"]}"#), ("--group-add 44", #"{"GroupAdd":["44"]}"#),
        ("--ipc host", #"{"IpcMode":"host"}"#), ("--memory-swappiness 0", #"{"MemorySwappiness":0}"#),
        ("--oom-kill-disable", #"{"OomKillDisable":true}"#), ("--oom-score-adj -500", #"{"OomScoreAdj":-500}"#),
        ("--pid host", #"{"PidMode":"host"}"#), ("--pids-limit 100", #"{"PidsLimit":100}"#),
        ("--privileged", #"{"Privileged":true}"#), ("--privileged=false", #"{"Privileged":false}"#),
        ("-P", #"{"PublishAllPorts":true}"#), ("--read-only", #"{"ReadonlyRootfs":true}"#),
        ("--runtime runc", #"{"Runtime":"runc"}"#),
        ("--security-opt seccomp=unconfined", #"{"SecurityOpt":["seccomp=unconfined"]}"#),
        ("--shm-size 1g", #"{"ShmSize":1073741824}"#), ("--storage-opt size=1G", #"{"StorageOpt":{"size":"1G"}}"#),
        ("--sysctl net.a=1 --sysctl net.b=2", #"{"Sysctls":{"net.a":"1","net.b":"2"}}"#),
        ("--tmpfs /t:size=1m --tmpfs /u", #"{"Tmpfs":{"/t":"size=1m","/u":""}}"#),
        ("--mount type=tmpfs,target=/t,tmpfs-size=1m", #"{"Tmpfs":{"/t":"size=1048576"}}"#),
        (
            "--ulimit nofile=10:20 --ulimit core=-1",
            #"{"Ulimits":[{"Hard":20,"Name":"nofile","Soft":10},{"Hard":-1,"Name":"core","Soft":-1}]}"#
        ),
        ("--userns host", #"{"UsernsMode":"host"}"#), ("--uts host", #"{"UTSMode":"host"}"#),
        ("--gpus device=0,1", #"{"DeviceRequests":[{"Capabilities":[["gpu"]],"DeviceIDs":["0","1"]}]}"#),
    ])
    func `reach the engine in its own words`(text: String, wanted: String) throws {
        #expect(JSON.object(try workload(text).engineHostOptions).text == wanted)
    }

    @Test func `that have a word of ours become that`() throws {
        let made = try workload(
            "--cpus 1.5 -m 64m --memory-swap -1 --memory-reservation 32m --gpus all --hostname h --init=false "
                + "--user 1000:1000 -w /srv --stop-signal SIGINT --entrypoint /e --domainname d.e --no-healthcheck "
                + "--add-host db=10.0.0.1 --label a=b --log-driver journald --log-opt tag=x -e A=1 -e B"
        )
        #expect(made.limits.nanoCPUs == 1_500_000_000)
        #expect(made.limits.memory == 64 << 20)
        #expect(made.limits.memorySwap == -1)
        #expect(made.limits.memoryReservation == 32 << 20)
        #expect(made.limits.gpus == -1)
        #expect(made.hostname == "h")
        #expect(!made.usesInit)
        #expect(made.user == "1000:1000")
        #expect(made.workingDirectory == "/srv")
        #expect(made.stopSignal == "SIGINT")
        #expect(made.entrypoint == ["/e"])
        #expect(JSON.object(made.engineOptions).text == #"{"Domainname":"d.e","Healthcheck":{"Test":["NONE"]}}"#)
        #expect(made.extraHosts == ["db:10.0.0.1"])
        #expect(made.labels == ["a": "b"])
        #expect(made.logDriver == "journald")
        #expect(made.logOptions == ["tag": "x"])
        #expect(made.environment == ["A": "1"])
        #expect(made.engineHostOptions.isEmpty)
    }

    @Test func `a variable that is configured wins over one of an option`() throws {
        var workload = Workload(name: "n", image: "i", hostname: "h")
        workload.environment["A"] = "configured"
        try workload.addVariable("A=option")
        #expect(workload.environment == ["A": "configured"])
    }

    @Test(arguments: [
        ("80", [WorkloadPort(container: 80)]), ("8080:80", [WorkloadPort(container: 80, host: 8080)]),
        (
            "127.0.0.1:8080:80/udp",
            [WorkloadPort(container: 80, transport: "udp", hostAddress: "127.0.0.1", host: 8080)]
        ),
        ("127.0.0.1::80", [WorkloadPort(container: 80, hostAddress: "127.0.0.1")]),
        ("[::1]:81:80", [WorkloadPort(container: 80, hostAddress: "::1", host: 81)]),
        ("7-8:17-18", [WorkloadPort(container: 17, host: 7), WorkloadPort(container: 18, host: 8)]),
    ])
    func `ports are published as docker reads them`(text: String, ports: [WorkloadPort]) throws {
        #expect(try DockerPorts(text).all == ports)
    }

    @Test(arguments: ["", ":", "0", "80:0", "a:80", "1.2.3:4:5", "80/icmp", "8-9:80", "70000", "1:2:3:4", "9-8"])
    func `what publishes nothing is refused`(text: String) {
        #expect { try DockerPorts(text) } throws: { ($0 as? Failure)?.code == .malformed }
    }

    @Test func `volumes are the app's own, and a mount says the same in more words`() throws {
        let made = try workload("-v /srv/a:/a:ro,Z -v data:/d --mount type=bind,source=/b,target=/c,readonly")
        #expect(
            made.mounts == [
                WorkloadMount(source: "/srv/a", target: "/a", isReadOnly: true),
                WorkloadMount(source: "slipway-0badcafe-a1b2c3d4e5-data", target: "/d", isReadOnly: false),
                WorkloadMount(source: "/b", target: "/c", isReadOnly: true),
            ]
        )
    }

    @Test func `a link is a private network on which both meet`() throws {
        let made = try workload("--link db-container:db --link cache --network backend --network name=n2,alias=x")
        #expect(
            made.networks == [
                WorkloadNetwork(
                    "slipway-0badcafe-a1b2c3d4e5",
                    aliases: ["shop.web"],
                    labels: ["slipway.app": "a1b2c3d4e5"],
                    guests: ["db": "db-container", "cache": "cache"]
                ), WorkloadNetwork("backend", aliases: ["shop.web"]),
                WorkloadNetwork("n2", aliases: ["shop.web", "x"]),
            ]
        )
        #expect(made.engineHostOptions["Links"] == nil)
    }

    @Test(arguments: [
        "--network host", "--network bridge", "--network none", "--network container:x", "--label slipway.app=x",
        "--label com.dokku.app-name=x", "--security-opt seccomp=/etc/p.json",
    ])
    func `what reaches past the app's walls in silence is refused`(text: String) {
        #expect { try workload(text) } throws: { ($0 as? Failure)?.code == .notAllowed }
    }

    @Test(arguments: [
        "--cpus x", "-m 1x", "-m 0", "--ulimit nofile", "--ulimit nofile=9:1", "--device fuse", "--dns here",
        "--add-host a", "--env 1=2", "--mount type=nfs,source=a,target=/b", "-v /only", "-v /a:/b:weird", "--gpus none",
        "--pids-limit many", "--workdir relative", "--link a:b:c", "--tmpfs relative", "--hostname 'a b'",
    ])
    func `values that cannot be are refused`(text: String) {
        #expect { try workload(text) } throws: { ($0 as? Failure)?.code == .malformed }
    }

    private func build(_ text: String) throws -> BuildRequest {
        var settings = Settings()
        settings.config[try ConfigKey("TOKEN")] = "t0"
        settings.dockerOptions = try DockerOptionWords([text], in: .build).all.map {
            DockerOption(phase: .build, process: nil, name: $0.name, value: $0.value, text: $0.text)
        }
        return try settings.applyBuildOptions(to: BuildRequest(tag: "t"))
    }

    @Test func `a build is asked for in the engine's words`() throws {
        let made = try build(
            "--build-arg A=1 --build-arg TOKEN --build-arg ABSENT --label x=y --memory 64m --memory-swap -1 "
                + "--network host --no-cache --pull --platform linux/arm64 --target prod --shm-size 64m "
                + "--add-host a:1.2.3.4 --add-host b:1.2.3.5 --cache-from img --cache-from type=registry,ref=r/i:t "
                + "--ulimit nofile=5 --cpu-shares 2 --cpuset-cpus 0 --cgroup-parent /g --progress plain --sbom=false "
                + "--link db-container:db"
        )
        #expect(made.arguments == ["A": "1", "TOKEN": "t0"])
        #expect(made.labels == ["x": "y"])
        #expect(made.memory == 64 << 20)
        #expect(made.network == "host")
        #expect(made.noCache && made.pull)
        #expect(made.platform == "linux/arm64")
        #expect(made.target == "prod")
        #expect(
            made.extra == [
                "memswap": ["-1"], "shmsize": ["67108864"], "extrahosts": ["a:1.2.3.4", "b:1.2.3.5"],
                "cachefrom": [#"["img","r/i:t"]"#], "ulimits": [#"[{"Hard":5,"Name":"nofile","Soft":5}]"#],
                "cpushares": ["2"], "cpusetcpus": ["0"], "cgroupparent": ["/g"],
            ]
        )
    }

    @Test(arguments: ["--secret id=a", "--ssh default", "--tag x", "--output x", "--allow x", "-f D"])
    func `what no build of ours has is refused with the reason`(text: String) {
        #expect { try build(text) } throws: { ($0 as? Failure)?.code == .notAllowed && ($0 as? Failure)?.why != nil }
    }

    @Test func `no name stands twice in a table, and none of the refused in it`() {
        for phase in DockerOption.Phase.allCases {
            let names = DockerFlag.table(of: phase).flatMap(\.names)
            let refused = (phase == .build ? DockerFlag.refusedInBuilds : DockerFlag.refusedInContainers).flatMap(
                \.names
            )
            #expect(names.count == Set(names).count)
            #expect(Set(names).isDisjoint(with: refused))
            #expect(DockerFlag.table(of: phase).map(\.name).allSatisfy { $0.hasPrefix("--") })
        }
    }
}
