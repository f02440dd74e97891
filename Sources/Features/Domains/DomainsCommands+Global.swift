import ArgumentParser
import Core

struct DomainsAddGlobal: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "domains:add-global",
        "Add a base domain: apps answer below it from their first deploy on",
        examples: ["domains:add-global example.com", "domains:add-global a.example b.example"]
    )
    static let permission = Permission.administer
    @Argument(help: "Domains to add") var names: [DomainName]

    func run(on host: Host) async throws {
        let new = names
        let changed = try await Domains(on: host).changeGlobal("domains:add-global") { old in (old + new).uniqued }
        host.output.step(changed ? "Added \(new.map(\.text).joined(separator: " "))" : "global domains are unchanged")
    }
}

struct DomainsRemoveGlobal: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "domains:remove-global",
        "Take a base domain away",
        examples: ["domains:remove-global example.com", "domains:remove-global a.example b.example"]
    )
    static let permission = Permission.administer
    @Argument(help: "Domains to take away") var names: [DomainName]

    func run(on host: Host) async throws {
        let gone = Set(names)
        let changed = try await Domains(on: host).changeGlobal("domains:remove-global") {
            $0.filter { !gone.contains($0) }
        }
        host.output.step(
            changed ? "Removed \(names.map(\.text).joined(separator: " "))" : "global domains are unchanged"
        )
    }
}

struct DomainsSetGlobal: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "domains:set-global",
        "Have exactly these base domains",
        examples: ["domains:set-global example.com", "domains:set-global a.example b.example"]
    )
    static let permission = Permission.administer
    @Argument(help: "Domains to have then") var names: [DomainName]

    func run(on host: Host) async throws {
        let wanted = names.uniqued
        let changed = try await Domains(on: host).changeGlobal("domains:set-global") { _ in wanted }
        host.output.step(changed ? "Set \(wanted.map(\.text).joined(separator: " "))" : "global domains are unchanged")
    }
}

struct DomainsClearGlobal: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "domains:clear-global",
        "Have no base domain",
        examples: ["domains:clear-global", "domains:clear-global --quiet"]
    )
    static let permission = Permission.administer

    func run(on host: Host) async throws {
        let changed = try await Domains(on: host).changeGlobal("domains:clear-global") { _ in [] }
        host.output.step(changed ? "Cleared global domains" : "global domains are unchanged")
    }
}
