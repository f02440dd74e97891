import ArgumentParser
import Core
import Scheduling
import SystemPackage

struct ServicesList: KindCommand {
    static let configuration = CommandConfiguration.verb(
        "services:list",
        "The services there are, of one kind or of all",
        examples: ["services:list", "services:list postgres --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .list(ShownService.shape)
    @OptionGroup var format: FormatOptions
    @Argument(help: "Kind of service, as postgres") var kind: ServiceKindName?

    var kindInWords: ServiceKindName? { kind }

    func run(on host: Host) async throws {
        let services = Services(on: host)
        if let kind { _ = try services.kinds.find(kind) }
        let found = try await services.all().filter { kind == nil || $0.kind == kind }
        if format.wantsJSON {
            var shown: [ShownService] = []
            for service in found { shown.append(try await ShownService(service, host)) }
            return try host.output.answer(json: shown)
        }
        host.output.title(kind.map { "\($0) services" } ?? "Services")
        host.output.answer(lines: found.map { kind == nil ? $0.title : $0.name.text })
    }
}

struct ServicesKinds: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "services:kinds",
        "The kinds of services that plugins declare",
        examples: ["services:kinds", "services:kinds --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .list(.object(["kind": .text, "title": .text, "image": .text, "variable": .text]))
    @OptionGroup var format: FormatOptions

    private struct Shown: Encodable { var kind, title, image, variable: String }

    func run(on host: Host) async throws {
        let kinds = Services(on: host).kinds
        let all = try kinds.names().map { try kinds.find($0) }.map {
            Shown(kind: $0.name.text, title: $0.title, image: "\($0.image):\($0.version)", variable: $0.variable.text)
        }
        if format.wantsJSON { return try host.output.answer(json: all) }
        host.output.title("Kinds of services")
        host.output.answer(lines: table(all.map { [$0.kind, $0.title, $0.image, $0.variable] }))
    }
}

struct ServicesExists: ServiceCommand {
    static let configuration = CommandConfiguration.verb(
        "services:exists",
        "Whether there is a service of this name: exit 0 or 1",
        examples: ["services:exists postgres db", "services:exists redis cache"]
    )
    static let permission = Permission.view
    @OptionGroup var service: ServiceArgument

    func run(on host: Host) async throws {
        let found = try await service.find(host)
        host.output.step("Service \(found.name) exists")
    }
}

struct ServicesInfo: ServiceCommand {
    static let configuration = CommandConfiguration.verb(
        "services:info",
        "What a service is, where it is, and how its last backup came out",
        examples: ["services:info postgres db", "services:info postgres db --dsn"],
        details: "One of the flags gives that value alone; --dsn alone shows the password."
    )
    static let permission = Permission.change
    static let answers: JSONShape? = ShownService.shape
    @OptionGroup var format: FormatOptions
    @Flag(help: "How an administrator connects to it, with the password") var dsn = false
    @Flag(help: "Where its data is") var dataDir = false
    @Flag(help: "Where all of it is") var serviceRoot = false
    @Flag(help: "Ports of the host that lead to it") var exposedPorts = false
    @Flag(help: "The engine's name of its container") var id = false
    @Flag(help: "Its address in its network") var internalIp = false
    @Flag(help: "The apps linked to it") var links = false
    @Flag(help: "How its container is") var status = false
    @Flag(help: "Image and version") var version = false
    @OptionGroup var service: ServiceArgument

    func run(on host: Host) async throws {
        let services = Services(on: host)
        let found = try await service.find(host)
        let shown = try await ShownService(found, host)
        if format.wantsJSON { return try host.output.answer(json: shown) }
        let server = try services.server(found)
        let rows: [(String, Bool, String)] = [
            ("Data dir", dataDir, server.dataFolder(found.generation).string),
            ("Dsn", dsn, ServiceValues.dsn(found, server.kind, showsPassword: dsn)),
            ("Exposed ports", exposedPorts, shown.exposed.isEmpty ? "-" : shown.exposed.joined(separator: " ")),
            ("Id", id, found.container ?? "-"), ("Internal ip", internalIp, shown.address ?? "-"),
            ("Links", links, shown.links.isEmpty ? "-" : shown.links.joined(separator: " ")),
            ("Service root", serviceRoot, server.folder.string), ("Status", status, shown.status),
            ("Version", version, found.reference),
        ]
        let wanted = rows.filter(\.1)
        if wanted.count == 1 { return host.output.answer(wanted[0].2) }
        host.output.title("\(found.title) service information")
        let more = [("Backup schedule", false, found.schedule ?? "-"), ("Last backup", false, shown.lastBackup ?? "-")]
        host.output.answer(
            lines: (wanted.isEmpty ? rows + more : wanted).map { "       \("\($0.0):".padded(to: 22))\($0.2)" }
        )
        if shown.isRed { throw ExitCode(1) }
    }
}

/// A service as JSON shows it; never with a password.
struct ShownService: Encodable, Sendable {
    var kind, name, version, status, hostname, createdAt: String
    var address: String?
    var exposed, links: [String]
    var schedule: String?
    var lastBackup: String?
    /// Its last backup came to no good end.
    var isRed: Bool

    static let shape = JSONShape.object([
        "kind": .text, "name": .text, "version": .text, "status": .text, "hostname": .text, "createdAt": .text,
        "address": .optional(.text), "exposed": .list(.text), "links": .list(.text), "schedule": .optional(.text),
        "lastBackup": .optional(.text), "isRed": .boolean,
    ])

    init(_ service: Service, _ host: Host) async throws {
        let services = Services(on: host)
        (kind, name, version) = (service.kind.text, service.name.text, service.reference)
        (hostname, createdAt) = (service.hostname, service.createdAt.text)
        exposed = service.exposed.map(\.text)
        links = try await services.links(of: service).map(\.appName)
        schedule = service.schedule
        status = service.isStopped ? "stopped" : "missing"
        if let handle = service.container, let state = try await host.scheduler.inspect(handle) {
            address = state.address
            status =
                switch state.phase {
                case .created: "created"
                case .running: "running"
                case .restarting: "restarting"
                case .paused: "paused"
                case .exited: service.isStopped ? "stopped" : "exited"
                }
        }
        let last = try await ServiceBackups(on: host).all(of: service).first
        lastBackup = last.map { $0.words }
        isRed = last?.state == .failed
    }
}

extension ServiceBackup {
    /// `good since 2026-01-01T03:00:00Z, 3 MB` or `FAILED at ...: why`.
    var words: String {
        switch state {
        case .running: "running since \(startedAt.text)"
        case .good: "good, \(startedAt.text), \(byteWords(bytes)), proven"
        case .failed: "FAILED, \(startedAt.text): \(failure ?? "")"
        }
    }
}

struct ServicesReport: ServiceCommand {
    static let configuration = CommandConfiguration.verb(
        "services:report",
        "What is set of a service",
        examples: ["services:report postgres db", "services:report postgres db --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .map(.text)
    @OptionGroup var format: FormatOptions
    @OptionGroup var service: ServiceArgument

    func run(on host: Host) async throws {
        let found = try await service.find(host)
        let rows = ServiceProperty.allCases.map { ($0.rawValue, $0.value(of: found)) }.sorted { $0.0 < $1.0 }
        if format.wantsJSON { return try host.output.answer(json: Dictionary(uniqueKeysWithValues: rows)) }
        host.output.title("\(found.title) service report")
        host.output.answer(lines: rows.map { "       \("\($0.0):".padded(to: 22))\($0.1)" })
    }
}

struct ServicesSet: ServiceCommand, SecretiveCommand {
    static let configuration = CommandConfiguration.verb(
        "services:set",
        "Set a property of a service; it takes effect with its next restart",
        examples: ["services:set postgres db memory 1g", "services:set redis cache cpu"],
        details: ServiceProperty.allCases.map { "\($0.rawValue): \($0.meaning)" }.joined(separator: "\n")
    )
    static let permission = Permission.administer
    @OptionGroup var service: ServiceArgument
    @Argument(help: "What to set") var property: String
    @Argument(help: "What it is from now on; back to the default without it") var value: String?

    /// Variables of a server may hold secrets.
    static func shown(_ words: [String]) -> [String] {
        guard let place = words.firstIndex(of: ServiceProperty.customEnv.rawValue) else { return words }
        return words.prefix(place + 1) + words.dropFirst(place + 1).map { _ in "******" }
    }

    func run(on host: Host) async throws {
        guard let property = ServiceProperty(rawValue: property) else {
            let all = ServiceProperty.allCases.map(\.rawValue).sorted().joined(separator: ", ")
            throw Failure(.usage, "\(quoted(property)) is no property of a service", fix: "there are \(all)")
        }
        let services = Services(on: host)
        let found = try await service.find(host)
        let change = try property.change(to: value, by: try services.kinds.find(found.kind))
        let isNew = try await services.write(found, "set", property.rawValue, change)
        guard isNew else { return host.output.step("\(property.rawValue) is unchanged") }
        host.output.step("\(property.rawValue) of \(found.title) is set")
        if property != .backupKeep {
            host.output.detail("takes effect with: slipway \(found.kind):restart \(found.name)")
        }
    }
}
