import ArgumentParser
import Core
import Engine

enum RegistryCommands: Noun {
    static var feature: Feature { .registry }
    static let all: [any HostCommand.Type] = [
        RegistryLogin.self, RegistryLogout.self, SetProperty<RegistryCommands>.self,
        ReportCommand<RegistryCommands>.self,
    ]
}

struct RegistryLogin: HostCommand, SecretiveCommand {
    static let configuration = CommandConfiguration.verb(
        "registry:login",
        "Let an app, or all, fetch from and push to a registry",
        examples: [
            "registry:login --password-stdin shop registry.example.com ana < token",
            "registry:login --global --password-stdin docker.io ana < token",
        ],
        details: """
            [--global] [--password-stdin] [APP] SERVER USER [PASSWORD]. The registry is asked at once. A password among
            the words can be read by every user of the machine it is typed on: --password-stdin is the better way.
            """
    )
    static let permission = Permission.administer
    @Flag(name: .customLong("global"), help: "All apps instead of one") var isGlobal = false
    @Flag(help: "The password comes on standard input") var passwordStdin = false
    @Argument(help: "[APP] SERVER USER [PASSWORD]") var words: [String] = []

    /// The password is not for the plugins that are asked who may.
    static func shown(_ words: [String]) -> [String] {
        let plain = words.filter { !$0.hasPrefix("--") }
        // [APP] SERVER USER, whatever flags stand between; of three words without an app the last is the password.
        var left = words.contains("--global") ? 2 : 3
        if plain.count == 3, !words.contains("--password-stdin") { left = 2 }
        return words.map { word in
            if word.hasPrefix("--"), word.count > 2 { return word }
            left -= 1
            return left >= 0 ? word : "******"
        }
    }

    func run(on host: Host) async throws {
        var wish = try RegistryWish(words, isGlobal: isGlobal, after: passwordStdin ? 2 : 3)
        let server = try RegistryServer(try wish.next("server"))
        let user = try wish.next("username")
        var password = wish.rest.popFirst() ?? ""
        if passwordStdin {
            try Input.refuseTerminal("A password")
            password = String(decoding: try Input.read(limit: 64 << 10), as: UTF8.self).trimmed
        }
        guard !password.isEmpty else { throw RegistryWish.missing("password") }
        guard cleaned(user, keepTabs: false) == user, cleaned(password, keepTabs: false) == password else {
            throw Failure.malformed("the name or the password holds control characters")
        }
        var app: App?
        if let name = wish.app { app = try await Apps(on: host).find(name) } else { wish.warn(isGlobal, host.output) }
        let auth = RegistryAuth(username: user, password: password, server: server.address)
        let isNew = try await Registries(on: host).login(auth, to: server, for: app)
        host.output.step("Login Succeeded")
        if !isNew { host.output.detail("this login of \(server) is unchanged") }
    }
}

struct RegistryLogout: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "registry:logout",
        "Forget a login of a registry",
        examples: ["registry:logout shop registry.example.com", "registry:logout --global docker.io"]
    )
    static let permission = Permission.administer
    @Flag(name: .customLong("global"), help: "All apps instead of one") var isGlobal = false
    @Argument(help: "[APP] SERVER") var words: [String] = []

    func run(on host: Host) async throws {
        var wish = try RegistryWish(words, isGlobal: isGlobal, after: 1)
        let server = try RegistryServer(try wish.next("server"))
        var app: App?
        if let name = wish.app { app = try await Apps(on: host).find(name) } else { wish.warn(isGlobal, host.output) }
        guard try await Registries(on: host).logout(from: server, for: app) else {
            return host.output.heading("Not logged in to \(server): unchanged")
        }
        host.output.step("Removed the login of \(server)")
    }
}

/// `[APP] WORD...`: an app stands in front when there is one word more than the rest needs.
struct RegistryWish: Sendable {
    var app: AppName?
    var rest: ArraySlice<String>

    /// - Throws: ``Failure`` with code ``FailureCode/usage`` or ``FailureCode/malformed``.
    init(_ words: [String], isGlobal: Bool, after count: Int) throws {
        rest = words[...]
        guard words.count <= (isGlobal ? count : count + 1) else {
            // Without the word: it may be a password.
            throw Failure(.usage, "there is one word too many")
        }
        if count == 3, words.count == 3, !isGlobal, (try? AppName(words[0])) != nil, !words[0].contains(".") {
            // Nobody's registry has so short a name: these are an app, its registry and a user.
            if words[0] != "localhost" { throw Self.missing("password") }
        }
        if !isGlobal, words.count == count + 1, let first = rest.popFirst() { app = try AppName(first) }
    }

    mutating func next(_ what: String) throws -> String {
        guard let word = rest.popFirst(), !word.isEmpty else { throw Self.missing(what) }
        return word
    }

    static func missing(_ what: String) -> Failure {
        Failure(.usage, "Missing \(what) argument", fix: "slipway help registry:login")
    }

    func warn(_ isGlobal: Bool, _ output: Output) {
        if !isGlobal { output.warn("Deprecated: name an app, or say --global; this is for all apps") }
    }
}
