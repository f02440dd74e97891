import Core
import Engine
import Scheduling

extension DockerFlag {
    /// What instances and one-off programs may be given, one line each, in the order of the alphabet.
    static let containers: [DockerFlag] = {
        // One statement a row: as one literal the compiler would weigh all rows against each other.
        var table: [DockerFlag] = []
        table.container("--add-host") { w, v, _ in w.extraHosts.append(try DockerValue.hostLine(v)) }
        table.container("--blkio-weight") { w, v, _ in w.set("BlkioWeight", try DockerValue.number(v, 10...1000)) }
        table.container("--cap-add") { w, v, _ in w.append("CapAdd", try DockerValue.word(v)) }
        table.container("--cap-drop") { w, v, _ in w.append("CapDrop", try DockerValue.word(v)) }
        table.container("--cgroup-parent") { w, v, _ in w.set("CgroupParent", .string(v)) }
        table.container("--cgroupns") { w, v, _ in
            w.set("CgroupnsMode", try DockerValue.one(of: ["host", "private"], v))
        }
        table.container("--cpu-period") { w, v, _ in w.set("CpuPeriod", try DockerValue.number(v, 0...1_000_000)) }
        table.container("--cpu-quota") { w, v, _ in w.set("CpuQuota", try DockerValue.number(v, -1...1_000_000_000)) }
        table.container("--cpu-shares", "-c") { w, v, _ in w.set("CpuShares", try DockerValue.number(v, 0...262_144)) }
        table.container("--cpus") { w, v, _ in w.limits.nanoCPUs = try ResourceAmount.cpu(v) }
        table.container("--cpuset-cpus") { w, v, _ in w.set("CpusetCpus", try DockerValue.ranges(v)) }
        table.container("--cpuset-mems") { w, v, _ in w.set("CpusetMems", try DockerValue.ranges(v)) }
        table.container("--device") { w, v, _ in w.append("Devices", try DockerValue.device(v)) }
        table.container("--device-cgroup-rule") { w, v, _ in w.append("DeviceCgroupRules", .string(v)) }
        table.container("--dns") { w, v, _ in w.append("Dns", try DockerValue.address(v)) }
        table.container("--dns-option", "--dns-opt") { w, v, _ in w.append("DnsOptions", try DockerValue.word(v)) }
        table.container("--dns-search") { w, v, _ in w.append("DnsSearch", try DockerValue.word(v)) }
        table.container("--domainname") { w, v, _ in w.engineOptions["Domainname"] = try DockerValue.word(v) }
        table.container("--entrypoint") { w, v, _ in w.entrypoint = [v] }
        table.container("--env", "-e") { w, v, _ in try w.addVariable(v) }
        table.container("--gpus") { w, v, _ in try w.addGraphics(v) }
        table.container("--group-add") { w, v, _ in w.append("GroupAdd", try DockerValue.word(v)) }
        table.container("--hostname") { w, v, _ in w.hostname = try DockerValue.hostName(v) }
        table.containerSwitch("--init") { $0.usesInit = $1 }
        table.container("--ipc") { w, v, _ in w.set("IpcMode", try DockerValue.word(v)) }
        table.container("--label", "-l") { w, v, _ in try w.addLabel(v) }
        table.container(
            "--link",
            note: "the containers meet on a private network of the app; the engine itself is sent no link"
        ) { w, v, place in try w.addLink(v, place) }
        table.container("--log-driver") { w, v, _ in w.logDriver = try DockerValue.plainWord(v) }
        table.container("--log-opt") { w, v, _ in try w.addLogOption(v) }
        table.container("--memory", "-m") { w, v, _ in w.limits.memory = try DockerValue.bytes(v) }
        table.container("--memory-reservation") { w, v, _ in w.limits.memoryReservation = try DockerValue.bytes(v) }
        table.container("--memory-swap") { w, v, _ in w.limits.memorySwap = try v == "-1" ? -1 : DockerValue.bytes(v) }
        table.container("--memory-swappiness") { w, v, _ in
            w.set("MemorySwappiness", try DockerValue.number(v, -1...100))
        }
        table.container("--mount") { w, v, place in try w.addMount(v, place) }
        table.container(
            "--network",
            "--net",
            note: "it is joined besides the app's own network, on which nginx reaches it"
        ) { w, v, place in try w.addNetwork(v, place) }
        table.container("--network-alias", "--net-alias") { w, v, _ in w.addAlias(try DockerValue.hostName(v)) }
        table.containerSwitch("--no-healthcheck") { w, isOn in
            w.engineOptions["Healthcheck"] = isOn ? .members(["Test": .strings(["NONE"])]) : nil
        }
        table.containerSwitch("--oom-kill-disable") { $0.set("OomKillDisable", .bool($1)) }
        table.container("--oom-score-adj") { w, v, _ in w.set("OomScoreAdj", try DockerValue.number(v, -1000...1000)) }
        table.container("--pid") { w, v, _ in w.set("PidMode", try DockerValue.word(v)) }
        table.container("--pids-limit") { w, v, _ in w.set("PidsLimit", try DockerValue.number(v, -1...4_194_304)) }
        table.containerSwitch("--privileged") { $0.set("Privileged", .bool($1)) }
        table.container("--publish", "-p") { w, v, _ in w.publishedPorts += try DockerPorts(v).all }
        table.containerSwitch("--publish-all", "-P") { $0.set("PublishAllPorts", .bool($1)) }
        table.containerSwitch("--read-only") { $0.set("ReadonlyRootfs", .bool($1)) }
        table.container("--restart") { _, v, _ in _ = try RestartPolicy(v) }
        table.container("--runtime") { w, v, _ in w.set("Runtime", try DockerValue.word(v)) }
        table.container("--security-opt") { w, v, _ in w.append("SecurityOpt", try DockerValue.securityOption(v)) }
        table.container("--shm-size") { w, v, _ in w.set("ShmSize", .number(try DockerValue.bytes(v))) }
        table.container("--stop-signal") { w, v, _ in w.stopSignal = try DockerValue.plainWord(v) }
        table.container("--storage-opt") { w, v, _ in try w.addPair("StorageOpt", v) }
        table.container("--sysctl") { w, v, _ in try w.addPair("Sysctls", v) }
        table.container("--tmpfs") { w, v, _ in try w.addMemoryFolder(v) }
        table.container("--ulimit") { w, v, _ in w.append("Ulimits", try DockerValue.ulimit(v)) }
        table.container("--user", "-u") { w, v, _ in w.user = try DockerValue.plainWord(v) }
        table.container("--userns") { w, v, _ in w.set("UsernsMode", try DockerValue.word(v)) }
        table.container("--uts") { w, v, _ in w.set("UTSMode", try DockerValue.word(v)) }
        table.container("--volume", "-v") { w, v, place in try w.addVolume(v, place) }
        table.container("--workdir", "-w") { w, v, _ in w.workingDirectory = try DockerValue.absolutePath(v) }
        return table
    }()

    /// What would break what the product promises, each with the reason.
    static let refusedInContainers: [(names: Set<String>, reason: String)] = [
        (["--name"], "containers are named after app, process type and number"),
        (["--ip", "--ip6", "--mac-address", "--link-local-ip"], "each instance has an address reserved for it"),
        (["--rm"], "instances are removed when nothing needs them; programs of run remove themselves"),
        (
            ["--detach", "-d", "--detach-keys", "--attach", "-a", "--sig-proxy", "--cidfile"],
            "nobody attends a process"
        ),
        (["--interactive", "-i", "--tty", "-t"], "run and enter decide by the caller's terminal"),
        (["--env-file"], "the file would be read on the caller's side; slipway config:import reads one"),
        (["--label-file"], "the file would be read on the caller's side; give each --label by itself"),
        (["--stop-timeout"], "slipway ps:set APP stop-timeout-seconds N is heeded everywhere"),
        (["--pull", "--platform", "--disable-content-trust"], "the image is the release's, and is there"),
        (["--volumes-from", "--volume-driver"], "slipway storage:mount shares folders and volumes"),
        (
            ["--health-cmd", "--health-interval", "--health-retries", "--health-start-period", "--health-timeout"],
            "healthchecks of app.json are what a deploy waits for"
        ),
    ]
}
