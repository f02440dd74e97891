import Building
import Core
import Engine
import Plugins
import Store

extension Feature {
    /// Where images are pushed to and fetched from.
    static let registry = Feature(
        "registry",
        "Registries of images: logins, and pushes of what is released",
        commands: RegistryCommands.all,
        migrations: RegistryTable.migrations,
        properties: Registries.properties,
        report: { app, source in
            guard let app else { return [] }
            let values = source.sheet.effective("registry", Registries.properties, of: app)
            let version = try RegistryTable.version(of: app.id, source.database)
            return [
                ReportLine("computed-image-repo", PushTarget.repository(values, app: app.name)),
                ReportLine("tag-version", version == 0 ? "" : "\(version)"),
            ]
        }
    )
}

/// What can be done with registries.
///
/// Passwords stand in the database alone, whose file nobody else may read; the engine gets them with a request.
struct Registries: Sendable {
    static let server = Property(
        "server",
        default: "",
        "The registry that releases are pushed to; Docker Hub without it",
        validate: { text in
            _ = try RegistryServer(text)
            let path = PushTarget.prefix(text).split(separator: "/", maxSplits: 1).dropFirst().first
            if let path { try PushTarget.checkRepository(String(path)) }
        }
    )
    static let pushOnRelease = Property(
        "push-on-release",
        default: "false",
        "Whether the image of each new release is pushed",
        validate: Allowed.boolean
    )
    static let template = Property(
        "image-repo-template",
        default: "",
        "The repository of an app's images, {{ .AppName }} being its name",
        validate: { try PushTarget.checkRepository(PushTarget.filled($0, app: "app")) }
    )
    static let extraTags = Property(
        "push-extra-tags",
        default: "",
        "Further tags of what is pushed, with commas between them",
        validate: { try PushTarget.words($0).forEach(PushTarget.checkTag) }
    )
    static let imageRepo = Property(
        "image-repo",
        default: "",
        scope: .app,
        "The repository of this app's images",
        validate: PushTarget.checkRepository
    )
    static let properties = [server, pushOnRelease, template, extraTags, imageRepo]

    let host: Host

    init(on host: Host) { self.host = host }

    /// Asks the registry whether it knows this name and password, and keeps them.
    ///
    /// - Returns: False when exactly these are known already.
    /// - Throws: ``Failure`` with code ``FailureCode/registryRefused``; nothing is kept then.
    func login(_ auth: RegistryAuth, to server: RegistryServer, for app: App?) async throws -> Bool {
        do {
            try await host.engine.checkLogin(auth)
        } catch EngineError.refused(_, let words, _) {
            throw Failure(
                .registryRefused,
                "\(server) does not let \(quoted(auth.username)) in",
                why: cleaned(words.replacing(auth.password, with: "******"), keepTabs: false),
                fix: "check the name and the password, or token, and the server's own name"
            )
        }
        let event = event(app, "registry:login", "\(auth.username) at \(server)")
        let isNew = try await host.store.write { database in
            guard try RegistryTable.login(server, of: app?.id, database) != auth else { return false }
            try RegistryTable.save(auth, for: server, of: app?.id, database)
            try HostTable.record(event, database)
            return true
        }
        await Hooks(on: host).tell(.postRegistryLogin, [server.text, auth.username], app: app?.name)
        return isNew
    }

    /// - Returns: False when nobody is logged in there.
    func logout(from server: RegistryServer, for app: App?) async throws -> Bool {
        let event = event(app, "registry:logout", server.text)
        return try await host.store.write { database in
            guard try RegistryTable.delete(server, of: app?.id, database) else { return false }
            try HostTable.record(event, database)
            return true
        }
    }

    /// Who we are to the registry of an image, for an app; nil is nobody.
    func auth(for image: String, _ app: App?) async throws -> RegistryAuth? {
        let server = RegistryServer(ofImage: image)
        return try await host.store.read { try RegistryTable.logins(of: app?.id, $0) }[server.text]
    }

    /// Who we are to every registry, for a build of an app.
    func logins(for app: App) async throws -> [RegistryAuth] {
        try await host.store.read { try RegistryTable.logins(of: app.id, $0) }.sorted { $0.key < $1.key }.map(\.value)
    }

    private func event(_ app: App?, _ name: String, _ detail: String) -> Event {
        Event(name, cleaned(detail, keepTabs: false), of: app, by: host)
    }
}

// MARK: Fetching

extension Registries {
    /// An image by its name, fetched when it is not here or `always`.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/registryRefused`` and the registry's words.
    func fetch(_ image: String, for app: App?, always: Bool = false, fix: String? = nil) async throws -> ImageFacts {
        if !always, let present = try await host.engine.image(image) { return present }
        host.output.step("Fetching \(image)")
        do {
            try await host.engine.pull(image, auth: try await auth(for: image, app))
        } catch EngineError.refused(_, let words, _) {
            throw Failure(
                .registryRefused,
                "the image \(image) could not be fetched",
                why: cleaned(words, keepTabs: false),
                fix: fix ?? "check its name, and who may read it: slipway help registry:login"
            )
        }
        guard let present = try await host.engine.image(image) else {
            throw Failure(.notFound, "there is no image \(image)", why: "it was fetched and is gone")
        }
        return present
    }

    /// Brings an image of a release back that the engine has lost, when it was pushed.
    ///
    /// - Returns: False when it never was pushed; whether it is here was not looked at then.
    /// - Throws: ``Failure`` when the registry has it no more, or has another.
    @discardableResult
    func recover(_ release: Release, _ app: App) async throws -> Bool {
        guard let image = release.image,
            let reference = try await host.store.read({ try RegistryTable.push(of: image, app.id, $0) })
        else { return false }
        if try await host.engine.image(image) != nil { return true }
        _ = try await fetch(reference, for: app, always: true)
        guard try await host.engine.image(image) != nil else {
            throw Failure(
                .registryRefused,
                "the image of \(release.name) could not be fetched back",
                why: "\(reference) is not the image that was pushed",
                fix: "slipway ps:rebuild \(app.name)"
            )
        }
        try await host.engine.tag(image, as: Images.tag(app, release.number, host))
        // Our own name keeps it; under the registry's name retention could not let it go.
        _ = try? await host.engine.removeImage(reference)
        return true
    }

    /// Whether a registry was given this image.
    func hasPushed(_ image: String, of app: App) async throws -> Bool {
        try await host.store.read { try RegistryTable.push(of: image, app.id, $0) != nil }
    }

    /// Fetches the images that a Dockerfile starts from, where their registry knows us.
    ///
    /// The engine's builder looks at home first, and asks registries as nobody.
    func fetchBases(of source: SourceTree, dockerfile: String, for app: App) async throws {
        let logins = try await host.store.read { try RegistryTable.logins(of: app.id, $0) }
        guard !logins.isEmpty, let bytes = try await source.read(dockerfile) else { return }
        for image in BaseImages.names(in: String(decoding: bytes, as: UTF8.self))
        where logins[RegistryServer(ofImage: image).text] != nil {
            _ = try await fetch(image, for: app)
        }
    }
}

/// The images that a Dockerfile starts from or copies out of.
enum BaseImages {
    /// Without its own stages, and without those whose name only the build knows.
    static func names(in dockerfile: String) -> [String] {
        var stages: Set<String> = []
        var defaults: [String: String] = [:]
        var found: [String] = []
        for line in dockerfile.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            switch words.first?.uppercased() {
            case "ARG":
                let parts = (words.dropFirst().first ?? "").split(separator: "=", maxSplits: 1).map(String.init)
                if parts.count == 2 { defaults[parts[0]] = parts[1].trimmingQuotes }
            case "FROM":
                let rest = words.dropFirst().drop { $0.hasPrefix("--") }
                guard let name = rest.first.map({ filled($0, defaults) }) else { continue }
                if !stages.contains(name.lowercased()) { found.append(name) }
                if rest.count >= 3, rest.dropFirst().first?.uppercased() == "AS" {
                    stages.insert(rest[rest.startIndex + 2].lowercased())
                }
            case "COPY":
                let flag = words.first { $0.lowercased().hasPrefix("--from=") }
                guard let name = flag.map({ filled(String($0.dropFirst("--from=".count)), defaults) }) else { continue }
                if !stages.contains(name.lowercased()), Int(name) == nil { found.append(name) }
            default: continue
            }
        }
        return found.filter { (try? ImageName($0)) != nil && $0 != "scratch" }
    }

    private static func filled(_ text: String, _ values: [String: String]) -> String {
        var result = text
        for (name, value) in values {
            result = result.replacing("${\(name)}", with: value).replacing("$\(name)", with: value)
        }
        return result
    }
}

extension String {
    /// Without one pair of quotes around it.
    fileprivate var trimmingQuotes: String {
        guard count >= 2, let first, first == last, first == "\"" || first == "'" else { return self }
        return String(dropFirst().dropLast())
    }
}
