import Core
import Proxying

/// A proxy that is a container of its own and learns from the labels of others what it is to serve.
struct AlternateProxy: Sendable {
    /// What a label may be made from.
    struct Facts: Sendable {
        var app: AppName
        var names: [String]
        var mappings: [PortMapping]
        var port: Port
        var values: [String: String]

        /// A value that is set.
        func value(_ name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }
    }

    /// How its container is made.
    struct Service: Sendable, Equatable {
        var environment: [String: String] = [:]
        var command: [String]?
        var labels: [String: String] = [:]
        /// Volume to folder.
        var volumes: [String: String] = [:]
        /// Where it looks for the engine's socket.
        var socket = "/var/run/docker.sock"
    }

    var noun: String
    var summary: String
    var properties: [Property]
    /// Those that the labels of apps are made from.
    var labelling: Set<String>
    var labels: @Sendable (Facts) -> [String: String]
    var service: @Sendable ([String: String], _ network: String) -> Service

    static let all = [caddy, haproxy, openresty, traefik]

    static func named(_ noun: String) -> AlternateProxy? { all.first { $0.noun == noun } }

    // MARK: What a release keeps

    private static let type = "proxy.type"
    private static let names = "domains"
    /// A label by hand is a property of the app with this in front of its name.
    static let label = "label."

    /// Adds what the labels of an app's next release are made from.
    func collect(_ options: inout [String: String], names: [DomainName], own: [String: String]) {
        options["\(noun).\(Self.names)"] = names.map(\.text).joined(separator: " ")
        for (name, value) in own where labelling.contains(name) || name.hasPrefix(Self.label) {
            options["\(noun).\(name)"] = value
        }
    }

    /// The labels of an app's web processes; none when nginx serves it.
    static func labels(_ release: Release, of app: App) -> [String: String] {
        let options = release.settings.options
        guard let type = options[type], let proxy = named(type) else { return [:] }
        let prefix = "\(type)."
        var values: [String: String] = [:]
        for (name, value) in options where name.hasPrefix(prefix) {
            values[String(name.dropFirst(prefix.count))] = value
        }
        let facts = Facts(
            app: app.name,
            names: values[names]?.split(separator: " ").map(String.init) ?? [],
            mappings: Ports.effective(release.settings, release.facts),
            port: Ports.webPort(release.settings, release.facts),
            values: values
        )
        let own = values.filter { $0.key.hasPrefix(label) }.map { (String($0.key.dropFirst(label.count)), $0.value) }
        return proxy.labels(facts).merging(own) { $1 }
    }

    /// Where people reach an app of these names; all but openresty have the ports 80 and 443 alone.
    func urls(_ names: [DomainName], _ mappings: [PortMapping], _ values: [String: String]) -> [String] {
        let isEncrypted = values["letsencrypt-email"]?.isEmpty == false || values["tls-internal"] == "true"
        guard noun == Self.openresty.noun else { return names.map { "\(isEncrypted ? "https" : "http")://\($0)" } }
        return names.flatMap { name in
            mappings.compactMap { mapping -> String? in
                let wantsTLS = mapping.scheme == "https" || mapping.scheme == "grpcs"
                if wantsTLS, !isEncrypted { return nil }
                let isUsual = mapping.host.number == (wantsTLS ? 443 : 80)
                return "\(wantsTLS ? "https" : "http")://\(name)\(isUsual ? "" : ":\(mapping.host)")"
            }
        }
    }

    // MARK: Labels by hand

    /// - Throws: ``Failure`` with code ``FailureCode/malformed`` or ``FailureCode/notAllowed``.
    static func check(label: String, value: String) throws {
        let isName =
            (1...200).contains(label.utf8.count) && label.utf8.first?.isLetterOrDigit == true
            && label.utf8.allSatisfy { $0.isLetterOrDigit || "-_./".utf8.contains($0) }
        guard isName else {
            throw Failure.malformed("\(quoted(label)) is not a label", fix: "use letters, digits and - _ . /")
        }
        guard !["slipway.", "com.dokku.", "org.label-schema."].contains(where: label.hasPrefix) else {
            throw Failure(.notAllowed, "\(label) is a label that slipway sets itself")
        }
        guard value.utf8.count <= 4096, value == cleaned(value, keepTabs: false) else {
            throw Failure.malformed("the value of \(label) is longer than 4096 bytes or holds control characters")
        }
    }
}
