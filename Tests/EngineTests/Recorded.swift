/// Answers in the shapes that the engine's API descriptions 1.41 and 1.51 give them.
enum Recorded {
    static let container141 = """
        {"Id":"c1","Created":"2024-02-29T00:00:00.250000000Z","Path":"/bin/app","Args":[],
        "State":{"Status":"exited","Running":false,"Paused":false,"Restarting":false,"OOMKilled":true,"Dead":false,
        "Pid":0,"ExitCode":137,"Error":"","StartedAt":"2024-02-29T00:00:01Z","FinishedAt":"0001-01-01T00:00:00Z"},
        "Image":"sha256:9f","Name":"/shop.web.1","RestartCount":2,"Driver":"overlay2",
        "HostConfig":{"RestartPolicy":{"Name":"on-failure","MaximumRetryCount":3}},
        "Config":{"Hostname":"c1","Env":null,"Cmd":null,"Image":"slipway-0badcafe/a1:v3","Volumes":null,
        "Entrypoint":null,"Labels":{"slipway.app":"a1"},"Tty":false},
        "NetworkSettings":{"Bridge":"","IPAddress":"10.1.0.7","Gateway":"10.1.0.1","MacAddress":"",
        "Networks":{"slipway-0badcafe":{"IPAMConfig":{"IPv4Address":"10.1.0.7"},"Links":null,"Aliases":["c1"],
        "NetworkID":"n1","EndpointID":"","Gateway":"","IPAddress":"","IPPrefixLen":0}}}}
        """

    static let container151 = """
        {"Id":"c1","Created":"2024-02-29T01:00:00.25+01:00","Path":"/bin/app","Args":[],
        "State":{"Status":"exited","Running":false,"Paused":false,"Restarting":false,"OOMKilled":true,"Dead":false,
        "Pid":0,"ExitCode":137,"Error":"","FinishedAt":"0001-01-01T00:00:00Z",
        "Health":{"Status":"none","FailingStreak":0}},
        "Image":"sha256:9f","Name":"/shop.web.1","RestartCount":2,"Driver":"overlayfs",
        "HostConfig":{"RestartPolicy":{"Name":"on-failure","MaximumRetryCount":3}},
        "ImageManifestDescriptor":{"mediaType":"application/vnd.oci.image.manifest.v1+json"},
        "Config":{"Image":"slipway-0badcafe/a1:v3","Labels":{"slipway.app":"a1"}},
        "NetworkSettings":{"SandboxID":"","Ports":{},
        "Networks":{"slipway-0badcafe":{"IPAMConfig":{},"Aliases":null,"DNSNames":["shop.web.1"],"GwPriority":0,
        "NetworkID":"n1","IPAddress":"10.1.0.7","IPPrefixLen":20}}}}
        """

    static let list141 = """
        [{"Id":"c1","Names":["/other/link","/shop.web.1"],"Image":"i","ImageID":"sha256:9f","Command":"app",
        "Created":1709164800,"Ports":[],"Labels":{"slipway.app":"a1"},"State":"running","Status":"Up 5 seconds",
        "HostConfig":{"NetworkMode":"slipway-0badcafe"},"NetworkSettings":{"Networks":{"slipway-0badcafe":
        {"IPAMConfig":null,"NetworkID":"n1","IPAddress":"10.1.0.7"}}},"Mounts":[]}]
        """

    static let list151 = """
        [{"Id":"c1","Names":["/shop.web.1"],"Image":"i","ImageID":"sha256:9f","ImageManifestDescriptor":{},
        "Created":"2024-02-29T00:00:00Z","Labels":null,"State":"running","Status":"Up 5 seconds (healthy)",
        "Health":{"Status":"healthy"},"HostConfig":{"NetworkMode":"slipway-0badcafe","Annotations":{}},
        "NetworkSettings":{"Networks":{"slipway-0badcafe":{"IPAMConfig":{"IPv4Address":"10.1.0.7"},
        "DNSNames":[],"NetworkID":"n1"}}}}]
        """

    static let image141 = """
        {"Id":"sha256:9f","RepoTags":["a:b"],"RepoDigests":[],"Parent":"","Created":"2024-02-29T00:00:00Z",
        "Config":{"ExposedPorts":{"8080/tcp":{},"53/udp":{}},"Env":["A=1"],"Cmd":["run"],"Entrypoint":null,
        "WorkingDir":"/app","User":"","Labels":null},"ContainerConfig":{},"Architecture":"amd64","Size":1234,
        "VirtualSize":1234}
        """

    static let image151 = """
        {"Id":"sha256:9f","RepoTags":["a:b"],"Created":"2024-02-29T00:00:00Z","Descriptor":{},"Manifests":null,
        "Config":{"ExposedPorts":{"53/udp":{},"8080/tcp":{}},"Env":["A=1"],"Cmd":["run"],"WorkingDir":"/app",
        "ArgsEscaped":true},"Architecture":"amd64","Size":1234}
        """
}
