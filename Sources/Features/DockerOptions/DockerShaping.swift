import Core
import Engine
import Scheduling

/// How options change a workload.
extension Workload {
    /// A member of HostConfig.
    mutating func set(_ key: String, _ value: JSON) { engineHostOptions[key] = value }

    /// One more element of a list in HostConfig.
    mutating func append(_ key: String, _ value: JSON) {
        guard case .array(let present) = engineHostOptions[key] else { return set(key, .array([value])) }
        set(key, .array(present + [value]))
    }

    /// One more member of a table in HostConfig.
    mutating func addPair(_ key: String, _ text: String) throws {
        let (name, value) = try DockerValue.pair(text)
        addMember(key, name, value)
    }

    private mutating func addMember(_ key: String, _ name: String, _ value: String) {
        var present: [String: JSON] = [:]
        if case .object(let known) = engineHostOptions[key] { present = known }
        present[name] = .string(value)
        set(key, .object(present))
    }

    /// Configuration wins over a variable that stands in an option.
    mutating func addVariable(_ text: String) throws {
        let (key, value) = try DockerValue.variable(text)
        if let value, environment[key] == nil { environment[key] = value }
    }

    mutating func addLabel(_ text: String) throws {
        let (key, value) = try DockerValue.label(text)
        labels[key] = labels[key] ?? value
    }

    mutating func addLogOption(_ text: String) throws {
        let (key, value) = try DockerValue.pair(text)
        logOptions[key] = value
    }

    /// `all`, a number, or `device=0,1`.
    mutating func addGraphics(_ text: String) throws {
        if text == "all" {
            limits.gpus = -1
        } else if let count = Int64(text), (1...64).contains(count) {
            limits.gpus = count
        } else {
            let (key, value) = try DockerValue.pair(text.replacing("\"", with: ""))
            guard key == "device", !value.isEmpty else {
                throw Failure.malformed(
                    "\(quoted(text)) is no choice of graphics processors",
                    fix: "all, 2, device=0,1"
                )
            }
            let devices = value.split(separator: ",").map(String.init)
            append(
                "DeviceRequests",
                .members(["DeviceIDs": .strings(devices), "Capabilities": .array([.strings(["gpu"])])])
            )
        }
    }

    // MARK: Folders

    /// `/path[:options]` in memory.
    mutating func addMemoryFolder(_ text: String) throws {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        addMember("Tmpfs", try DockerValue.absolutePath(parts[0]), parts.count == 2 ? parts[1] : "")
    }

    /// `source:target[:options]`, by the rules of storage.
    mutating func addVolume(_ text: String, _ place: DockerPlace) throws {
        let attachment = try DockerMount.volume(text).attachment
        var mount = WorkloadMount(
            source: attachment.source,
            target: attachment.target,
            isReadOnly: attachment.isReadOnly,
            isSingleWriter: attachment.isSingleWriter,
            options: attachment.options
        )
        if !mount.source.hasPrefix("/") {
            mount.source = Storage.volume(mount.source, of: place.app, place.settings)
        }
        mounts.append(mount)
    }

    /// `type=bind,source=/a,target=/b,readonly`.
    mutating func addMount(_ text: String, _ place: DockerPlace) throws {
        switch try DockerMount(text) {
        case .folder(let mount): try addVolume(mount.text, place)
        case .memory(let target, let options): addMember("Tmpfs", target, options)
        }
    }

    // MARK: Networks

    /// The name of a network, or `name=N,alias=A`.
    mutating func addNetwork(_ text: String, _ place: DockerPlace) throws {
        var aliases = NetworkAliases(place.app.name, place.type, tld: place.tld).all
        var name = text
        if text.contains("=") {
            name = ""
            for part in text.split(separator: ",") {
                let (key, value) = try DockerValue.pair(String(part))
                switch key {
                case "name": name = value
                case "alias": aliases.append(try DockerValue.hostName(value))
                default: throw Failure.malformed("\(key) is not understood of --network", fix: "name=N,alias=A")
                }
            }
        }
        join(WorkloadNetwork(try NetworkName(attachable: name).text, aliases: aliases))
    }

    /// In all networks but the app's own, where no neighbour is heard.
    mutating func addAlias(_ name: String) {
        for index in networks.indices where !networks[index].aliases.contains(name) {
            networks[index].aliases.append(name)
        }
    }

    /// `container[:alias]`: both meet on a private network of the app.
    mutating func addLink(_ text: String, _ place: DockerPlace) throws {
        let (guest, alias) = try DockerValue.link(text)
        join(
            WorkloadNetwork(
                Networks.privateNetwork(of: place.app, place.settings),
                aliases: NetworkAliases(place.app.name, place.type, tld: place.tld).all,
                labels: [Engine.appLabel: place.app.id.text],
                guests: [alias: guest]
            )
        )
    }

    /// A network it is in already gets the further names and guests.
    mutating func join(_ network: WorkloadNetwork) {
        guard let index = networks.firstIndex(where: { $0.name == network.name }) else {
            return networks.append(network)
        }
        networks[index].aliases += network.aliases.filter { !networks[index].aliases.contains($0) }
        networks[index].labels = networks[index].labels ?? network.labels
        networks[index].guests.merge(network.guests) { $1 }
    }
}

/// What `--mount` and `--volume` say.
enum DockerMount: Sendable, Equatable {
    case folder(StorageMount)
    /// A folder in memory, with the options of its file system.
    case memory(String, String)

    /// SELinux labels mean nothing where there is no SELinux, and stand in many scripts.
    static func volume(_ text: String) throws -> StorageMount {
        var parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 3 {
            let words = parts[2].split(separator: ",").filter { $0.lowercased() != "z" }
            parts[2] = words.isEmpty ? "rw" : words.joined(separator: ",")
        }
        guard parts.count > 1 else {
            throw Failure.malformed("\(quoted(text)) has no name", fix: "write it as VOLUME:CONTAINER_FOLDER")
        }
        return try StorageMount(parts.joined(separator: ":"))
    }

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(_ text: String) throws {
        var (kind, source, target, isReadOnly, options) = ("volume", "", "", false, [String]())
        for part in text.split(separator: ",") {
            let word = part.split(separator: "=", maxSplits: 1).map(String.init)
            let value = word.count == 2 ? word[1] : ""
            switch word.first ?? "" {
            case "type": kind = value
            case "source", "src": source = value
            case "target", "dst", "destination": target = value
            case "readonly", "ro": isReadOnly = ["", "true", "1"].contains(value)
            case "tmpfs-size": options.append("size=\(try DockerValue.bytes(value))")
            case "tmpfs-mode": options.append("mode=\(try DockerValue.plainWord(value))")
            default: throw Failure.malformed("\(quoted(String(part))) is not understood of --mount")
            }
        }
        switch kind {
        case "tmpfs":
            self = .memory(try DockerValue.absolutePath(target), options.joined(separator: ","))
        case "bind", "volume":
            guard source.hasPrefix("/") == (kind == "bind") else {
                throw Failure.malformed("\(quoted(source)) is no source of a mount of type \(kind)")
            }
            self = .folder(try StorageMount("\(source):\(target)\(isReadOnly ? ":ro" : "")"))
        default: throw Failure.malformed("\(quoted(kind)) is no type of a mount", fix: "use bind, volume or tmpfs")
        }
    }
}
