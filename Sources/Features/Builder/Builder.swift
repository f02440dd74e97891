import Building
import Core
import Repositories
import Store

extension Feature {
    /// What is built, and how.
    static let builder = Feature(
        "builder",
        "What is built, and how",
        commands: [],
        properties: Builder.properties
    )
}

/// Turns a commit into what a builder needs.
struct Builder: Sendable {
    static let buildDir = Property(
        "build-dir",
        default: "",
        "The folder of the repository that is the root of the build",
        validate: { if !$0.isEmpty { try Allowed.relativePath($0) } }
    )
    static let dockerfilePath = Property(
        "dockerfile-path",
        default: "Dockerfile",
        "Where the Dockerfile is",
        validate: Allowed.relativePath
    )
    static let appJSONPath = Property(
        "appjson-path",
        default: "app.json",
        "Where app.json is",
        validate: Allowed.relativePath
    )
    static let properties = [buildDir, dockerfilePath, appJSONPath]

    let host: Host

    init(on host: Host) { self.host = host }

    func folder(of app: App) async throws -> String {
        try await Properties("builder", on: host).effective(Self.buildDir, of: app)
    }

    /// Procfile and app.json, as they stand in the commit.
    func facts(of snapshot: Snapshot, _ app: App) async throws -> SourceFacts {
        var facts = SourceFacts()
        let procfile = try await Properties("ps", on: host).effective(Ps.procfilePath, of: app)
        if let bytes = try await snapshot.read(procfile, limit: 1 << 20) {
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw Failure(.badProcfile, "Invalid Procfile", why: "it is not UTF-8 text")
            }
            facts.procfile = try Procfile(text)
        }
        let json = try await Properties("builder", on: host).effective(Self.appJSONPath, of: app)
        if let bytes = try await snapshot.read(json, limit: 1 << 20) { facts.appJSON = try AppJSON(bytes) }
        return facts
    }

    /// The snapshot in the builder's own words, with its history where that is wanted.
    func source(_ snapshot: Snapshot, with history: History? = nil) -> SourceTree {
        SourceTree(
            paths: snapshot.entries.map(\.path),
            read: { try await snapshot.read($0, limit: 4 << 20) },
            tar: { keep, extra in
                let tree = snapshot.tar(keeping: keep, extra: extra)
                guard let history, keep(".git/HEAD") else { return tree }
                return HistoryTar(history: history, tree: tree)
            }
        )
    }

    /// The draft's configuration with what app.json adds where it is missing.
    ///
    /// - Throws: ``Failure`` when a required variable has no value.
    func configuration(_ release: Release, _ newID: @Sendable () -> String) throws -> [ConfigKey: String] {
        var config = release.settings.config
        for (key, variable) in release.facts.appJSON.env where config[key] == nil || variable.isSynced {
            if variable.generator == "secret" {
                if config[key] == nil { config[key] = (0..<5).map { _ in newID() }.joined() }
            } else if let value = variable.value, !value.isEmpty {
                config[key] = value
            } else if variable.isRequired, release.settings.inherited[key] == nil, config[key] == nil {
                throw Failure(
                    .badAppJSON,
                    "app.json needs a value for \(key)",
                    why: "it is required and none is set",
                    fix: "slipway config:set --no-restart APP \(key)=VALUE, then push again"
                )
            }
        }
        return config
    }

    func request(for app: App, _ release: Release) async throws -> BuildRequest {
        var request = BuildRequest(tag: Images.tag(app, release.number, host))
        request.dockerfile = try await Properties("builder", on: host).effective(Self.dockerfilePath, of: app)
        request.labels = ["slipway.app": app.id.text, "com.dokku.app-name": app.name.text]
        return request
    }
}
