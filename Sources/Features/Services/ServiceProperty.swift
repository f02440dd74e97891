import Core

/// What can be set of a service, one line each.
enum ServiceProperty: String, CaseIterable, Sendable {
    case image, memory, cpu
    case imageVersion = "image-version"
    case configOptions = "config-options"
    case customEnv = "custom-env"
    case backupKeep = "backup-keep"

    var meaning: String {
        switch self {
        case .image: "The image of its server"
        case .imageVersion: "The version of that image; upgrade changes it with the data"
        case .memory: "Memory that it may use, as 512m; empty is no limit"
        case .cpu: "Cores that it may use, as 0.5; empty is no limit"
        case .configOptions: "Further words of the server's command"
        case .customEnv: "Further variables of the server: A=1;B=2"
        case .backupKeep: "How many good backups are kept"
        }
    }

    func value(of service: Service) -> String {
        switch self {
        case .image: service.image
        case .imageVersion: service.version
        case .memory: service.memory.map { ResourceAmount.text(memory: $0) } ?? ""
        case .cpu: service.cpus.map { ResourceAmount.text(cpu: $0) } ?? ""
        case .configOptions: service.options.map { ShellWords.quote($0) }.joined(separator: " ")
        case .customEnv: service.environment.keys.sorted().map { "\($0)=******" }.joined(separator: ";")
        case .backupKeep: "\(service.keep)"
        }
    }

    /// - Parameters:
    ///   - text: Nil or empty is back to the default.
    ///   - kind: What the default is read from.
    /// - Returns: What writes it into a row.
    /// - Throws: ``Failure`` with code ``FailureCode/malformed`` or ``FailureCode/notAllowed``.
    func change(to text: String?, by kind: ServiceKind) throws -> @Sendable (inout Service) -> Void {
        let text = text.flatMap { $0.isEmpty ? nil : $0 }
        switch self {
        case .image:
            let image = try text.map { try ImageName($0).text } ?? kind.image
            return { $0.image = image }
        case .imageVersion:
            guard kind.upgrade == .inPlace else {
                throw Failure(
                    .notAllowed,
                    "the version of a \(kind.title) is not only set",
                    why: "its files are those of one version",
                    fix: "slipway \(kind.name):upgrade NAME --image-version \(text ?? kind.version)"
                )
            }
            let version = text ?? kind.version
            _ = try ImageName("a:\(version)")
            return { $0.version = version }
        case .memory:
            let bytes = try text.map { try ResourceAmount.memory($0) }
            return { $0.memory = bytes }
        case .cpu:
            let cores = try text.map { try ResourceAmount.cpu($0) }
            return { $0.cpus = cores }
        case .configOptions:
            let words = try text.map { try ShellWords.split($0) } ?? []
            return { $0.options = words }
        case .customEnv:
            let variables = try text.map { try Self.variables($0) } ?? [:]
            return { $0.environment = variables }
        case .backupKeep:
            guard let count = Int(text ?? "7"), (1...1000).contains(count) else {
                throw Failure.malformed("\(quoted(text ?? "")) is not a number from 1 to 1000")
            }
            return { $0.keep = count }
        }
    }

    /// `A=1;B=2`.
    static func variables(_ text: String) throws -> [ConfigKey: String] {
        var result: [ConfigKey: String] = [:]
        for part in text.split(separator: ";") {
            guard let mark = part.firstIndex(of: "="), !part.utf8.contains(0) else {
                throw Failure.malformed("custom variables are not KEY=VALUE;KEY=VALUE")
            }
            result[try ConfigKey(String(part[..<mark]))] = String(part[part.index(after: mark)...])
        }
        return result
    }
}
