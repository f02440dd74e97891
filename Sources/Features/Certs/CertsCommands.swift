import ArgumentParser
import Core
import Files
import Glibc
import SystemPackage

enum CertsCommands: Noun {
    static var feature: Feature { .certs }
    static let prefix = "ssl-"
    static let title = "ssl"
    static let all: [any HostCommand.Type] = [
        CertsAdd.self, CertsUpdate.self, CertsGenerate.self, CertsRemove.self, CertsShow.self,
        ReportCommand<CertsCommands>.self,
    ]
}

struct CertsAdd: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "certs:add",
        "Answer by https under a certificate",
        examples: ["certs:add shop < bundle.tar", "certs:add shop server.crt server.key"],
        details: CertsSource.help
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "Certificate file and key file on this host") var files: [String] = []

    func run(on host: Host) async throws { try await CertsSource(files).install(app, "certs:add", host) }
}

struct CertsUpdate: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "certs:update",
        "Replace the certificate, without losing a request",
        examples: ["certs:update shop < bundle.tar", "certs:update shop server.crt server.key"],
        details: CertsSource.help
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "Certificate file and key file on this host") var files: [String] = []

    func run(on host: Host) async throws { try await CertsSource(files).install(app, "certs:update", host) }
}

struct CertsGenerate: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "certs:generate",
        "Make a self-signed certificate for 365 days, and answer under it",
        examples: ["certs:generate shop shop.example.com", "certs:generate shop"]
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName
    @Argument(help: "Names it is for; the app's own when none is given") var names: [DomainName] = []

    func run(on host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        let own = try await Domains(on: host).names(of: found)
        let wanted = (names.isEmpty ? own : names).filter { !$0.isCatchAll }
        guard !wanted.isEmpty else {
            throw Failure(.usage, "\(app) has no name yet", fix: "say one: certs:generate \(app) NAME")
        }
        let pair = try SelfSigned.make(wanted, from: host.time.now(), for: .seconds(365 * 86400))
        try await CertsSource.install(pair, found, "certs:generate", host)
    }
}

struct CertsRemove: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "certs:remove",
        "Answer by http only",
        examples: ["certs:remove shop", "certs:remove api"]
    )
    static let permission = Permission.change
    @Argument(help: "App to change") var app: AppName

    func run(on host: Host) async throws {
        try await Certs(on: host).remove(try await Apps(on: host).find(app))
        host.output.step("Removed the certificate of \(app)")
    }
}

struct CertsShow: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "certs:show",
        "Print the certificate or the key of an app, as PEM",
        examples: ["certs:show shop crt", "certs:show shop key > server.key"]
    )
    /// A key is no business of those who may only look.
    static let permission = Permission.change
    @Argument(help: "App to look at") var app: AppName
    @Argument(help: "crt or key") var part: Part

    enum Part: String, ExpressibleByArgument, CaseIterable, Sendable { case crt, key }

    func run(on host: Host) async throws {
        let pair = try await Certs(on: host).demand(try await Apps(on: host).find(app))
        host.output.answer(exactly: part == .crt ? pair.chain : pair.key)
    }
}

/// Where a new certificate comes from.
struct CertsSource: Sendable {
    static let help = """
        Without files a tar with exactly one .crt and one .key, or PEM text with both, is read
        from standard input:
          tar -c server.crt server.key | ssh slipway@host certs:add shop
        The .crt holds the app's own certificate first, then those that signed it. When the
        command returns, every new connection is shown the new certificate.
        """
    private static let limit = 1 << 20

    let files: [String]

    init(_ files: [String]) { self.files = files }

    func install(_ app: AppName, _ verb: String, _ host: Host) async throws {
        let found = try await Apps(on: host).find(app)
        try await Self.install(try read(host), found, verb, host)
    }

    static func install(_ pair: CertificatePair, _ app: App, _ verb: String, _ host: Host) async throws {
        let facts = try CertificateFacts(pair)
        let changed = try await Certs(on: host).install(pair, app, verb)
        if changed {
            host.output.step("Installed the certificate of \(app.name)")
            host.output.detail("for \(facts.hostnames.joined(separator: " ")), until \(facts.expiresAt.text)")
        } else {
            host.output.heading("the certificate of \(app.name) is unchanged")
        }
        let names = try await Domains(on: host).names(of: app)
        for warning in facts.warnings(at: host.time.now(), names: names) { host.output.warn(warning) }
    }

    private func read(_ host: Host) throws -> CertificatePair {
        switch files.count {
        case 2:
            return try CertificatePair(
                certificates: try Self.read(files[0], host.paths.root),
                key: try Self.read(files[1], host.paths.root)
            )
        case 0 where !Input.isTerminal:
            let bytes = try Input.read(limit: Self.limit)
            guard !bytes.isEmpty else { throw usage("standard input is empty") }
            let archive = try CertsArchive(bytes)
            return try CertificatePair(certificates: archive.certificates, key: archive.key)
        default: throw usage(files.isEmpty ? nil : "there must be two files: CRT KEY")
        }
    }

    private func usage(_ why: String?) -> Failure {
        Failure(
            .usage,
            "Please give a certificate and its key",
            why: why,
            fix: "certs:add APP CRT KEY, or a tar of both on standard input"
        )
    }

    /// Nobody gets at another app's key by naming our own file of it.
    private static func read(_ name: String, _ root: FilePath) throws -> [UInt8] {
        let (path, own) = (real(name), real(root.string))
        guard !path.starts(with: own) else {
            throw Failure(.notAllowed, "\(quoted(name)) belongs to slipway itself")
        }
        do {
            if let bytes = try readFile(FilePath(name), limit: limit) { return bytes }
        } catch let error as FileError {
            var failure = error.failure
            failure.fix = "send it by standard input: tar -c server.crt server.key | slipway certs:add APP"
            throw failure
        }
        throw Failure(.notFound, "there is no file \(quoted(name))")
    }

    /// A path without links; as it is when nothing is there.
    private static func real(_ name: String) -> FilePath {
        guard let text = realpath(name, nil) else { return FilePath(name).lexicallyNormalized() }
        defer { free(text) }
        return FilePath(String(cString: text))
    }
}
