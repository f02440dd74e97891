extension ContainerSpec {
    /// The body of `POST /containers/create`.
    ///
    /// - Parameters:
    ///   - labels: All labels, the instance's among them.
    ///   - volumeLabels: Labels of volumes that come into being with the container.
    /// - Returns: An object in the engine's spelling, without members for what is not decided.
    func json(labels: [String: String], volumeLabels: [String: String]) -> JSON {
        let members = members(labels: labels, volumeLabels: volumeLabels)
        guard !options.isEmpty, case .object(let known) = members else { return members }
        return .object(known.merging(options) { $1 })
    }

    private func members(labels: [String: String], volumeLabels: [String: String]) -> JSON {
        .members([
            "Image": .string(image),
            "Cmd": command.map(JSON.strings),
            // The engine reads [] as "the image's own" and [""] as "none".
            "Entrypoint": entrypoint.map { .strings($0.isEmpty ? [""] : $0) },
            "Env": JSON?.some(.strings(environment.map { "\($0.key)=\($0.value)" }.sorted())).unlessEmpty,
            "Labels": .map(labels),
            "Hostname": hostname.map(JSON.string),
            "User": user.map(JSON.string),
            "WorkingDir": workingDirectory.map(JSON.string),
            "StopSignal": stopSignal.map(JSON.string),
            "StopTimeout": stopTimeout.map { .int(wholeSeconds($0)) },
            "Tty": .bool(terminal),
            "OpenStdin": .bool(openStdin),
            "StdinOnce": .bool(openStdin && attach),
            "AttachStdin": .bool(openStdin && attach),
            "AttachStdout": .bool(attach),
            "AttachStderr": .bool(attach),
            "ExposedPorts": JSON?.some(.object(exposedPorts)).unlessEmpty,
            "HostConfig": hostConfig(volumeLabels: volumeLabels),
            "NetworkingConfig": networking,
        ])
    }

    private var exposedPorts: [String: JSON] {
        publishedPorts.reduce(into: [:]) { ports, port in ports[port.key] = .object([:]) }
    }

    private func hostConfig(volumeLabels: [String: String]) -> JSON {
        var members: [String: JSON] = [
            "RestartPolicy": restartPolicy.json,
            "Init": .bool(usesInit),
            "AutoRemove": .bool(autoRemove),
        ]
        members["NetworkMode"] = network.map(JSON.string)
        let bound = mounts.filter(\.isLabelled)
        let plain = mounts.filter { !$0.isLabelled }
        if !plain.isEmpty { members["Mounts"] = .array(plain.map { $0.json(labels: volumeLabels) }) }
        if !bound.isEmpty { members["Binds"] = .strings(bound.compactMap(\.bind)) }
        if !extraHosts.isEmpty { members["ExtraHosts"] = .strings(extraHosts) }
        if !publishedPorts.isEmpty { members["PortBindings"] = bindings }
        members["LogConfig"] = logConfig
        members["ConsoleSize"] = terminalSize?.json
        return .object(members.merging(limits.members) { $1 }.merging(hostOptions) { $1 })
    }

    private var bindings: JSON {
        let grouped = Dictionary(grouping: publishedPorts, by: \.key)
        return .object(grouped.mapValues { ports in .array(ports.map(\.binding)) })
    }

    private var logConfig: JSON? {
        guard logMaxSize != nil || logMaxFiles != nil else { return nil }
        return .members([
            "Type": .string("json-file"),
            "Config": .members([
                "max-size": logMaxSize.map(JSON.string),
                "max-file": logMaxFiles.map { .string("\($0)") },
            ]),
        ])
    }

    /// The end point in the container's network; the engine's own modes have none.
    private var networking: JSON? {
        guard let network, !["none", "host", "bridge", "default"].contains(network), !network.hasPrefix("container:")
        else { return nil }
        return .members(["EndpointsConfig": .object([network: endpoint(address: address, aliases: aliases)])])
    }
}

/// The settings of one container in one network.
func endpoint(address: String?, aliases: [String]) -> JSON {
    .members([
        "IPAMConfig": address.map { .members(["IPv4Address": .string($0)]) },
        "Aliases": JSON?.some(.strings(aliases)).unlessEmpty,
    ])
}

/// Seconds as the engine takes them: whole, rounded up, so that a short grace is not none at all.
func wholeSeconds(_ duration: Duration) -> Int {
    let (seconds, rest) = duration.components
    return max(0, Int(seconds) + (rest > 0 ? 1 : 0))
}

extension PublishedPort {
    fileprivate var key: String { "\(container)/\(transport)" }

    fileprivate var binding: JSON {
        .members(["HostIp": hostAddress.map(JSON.string), "HostPort": .string(host.map { "\($0)" } ?? "")])
    }
}

extension Mount {
    private static let propagations: Set = ["private", "rprivate", "shared", "rshared", "slave", "rslave"]
    private static let consistencies: Set = ["consistent", "cached", "delegated", "default"]

    /// The engine takes labels of SELinux in the older of its two notations only.
    fileprivate var isLabelled: Bool { bind != nil && options.contains { $0 == "z" || $0 == "Z" } }

    /// In the older notation: `source:target:options`.
    fileprivate var bind: String? {
        let words = ((readOnly ? ["ro"] : []) + options).joined(separator: ",")
        return switch source {
        case .bind(let name), .volume(let name): "\(name):\(target):\(words)"
        case .memory: nil
        }
    }

    fileprivate func json(labels: [String: String]) -> JSON {
        let propagation = options.first(where: Self.propagations.contains)
        var members: [String: JSON] = ["Target": .string(target), "ReadOnly": .bool(readOnly)]
        switch source {
        case .bind(let path):
            (members["Type"], members["Source"]) = (.string("bind"), .string(path))
            if let propagation { members["BindOptions"] = .object(["Propagation": .string(propagation)]) }
        case .volume(let name):
            (members["Type"], members["Source"]) = (.string("volume"), .string(name))
            var volume: [String: JSON] = ["Labels": .map(labels)]
            if options.contains("nocopy") { volume["NoCopy"] = .bool(true) }
            members["VolumeOptions"] = .object(volume)
        case .memory: members["Type"] = .string("tmpfs")
        }
        if let word = options.first(where: Self.consistencies.contains) { members["Consistency"] = .string(word) }
        return .object(members)
    }
}
