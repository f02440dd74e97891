import Core
import Plugins

/// Which builder a source goes to, and why.
struct BuilderChoice: Sendable, Equatable {
    /// Every builder that Dokku knows, by name.
    static let names = ["dockerfile", "herokuish", "lambda", "nixpacks", "null", "pack", "railpack"]
    /// Those that work here.
    static let working: Set = ["dockerfile", "null"]

    /// Of any builder, also of a plugin's own: one word of the letters that names of plugins have.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    static let checkWord: @Sendable (String) throws -> Void = { word in
        guard Plugin.isName(word) else {
            throw Failure.malformed("\(quoted(word)) is not the name of a builder")
        }
    }

    var name: String
    var why: String

    /// What there is to decide by.
    struct Signs: Sendable {
        /// Relative to the root of the build.
        var paths: Set<String>
        /// Empty is to look at the source.
        var selected = ""
        var dockerfile = "Dockerfile"
        var lambda = "lambda.yml"
        var nixpacks = "nixpacks.toml"
        var pack = "project.toml"
        var railpack = "railpack.json"
        var allowsHerokuish = true
        /// Somebody has named buildpacks for the app.
        var hasBuildpacks = false
        /// The configuration or `.env` name one.
        var hasBuildpackURL = false
    }

    private init(_ name: String, _ why: String) { (self.name, self.why) = (name, why) }

    /// What a plugin named.
    init(named name: String) { self.init(name, "a plugin named it") }

    /// Whether it is a builder that a plugin brings.
    var isPlugins: Bool { !Self.names.contains(name) }

    /// Whether this host can build with it; of a plugin's own, the plugin knows.
    var isHere: Bool { isPlugins || Self.working.contains(name) }

    /// Chooses in Dokku's order.
    ///
    /// What is selected, a Dockerfile where no buildpacks are meant, buildpacks, then the files by which the other
    /// builders are known. A source that shows nothing goes to the first of all, which says what is missing.
    init(_ signs: Signs) {
        func has(_ path: String) -> Bool { signs.paths.contains(path) }
        func found(_ path: String) -> String { "\(quoted(path)) is in the source" }
        if !signs.selected.isEmpty {
            self.init(signs.selected, "it was selected")
        } else if let herokuish = Self.herokuish(signs) {
            self = herokuish
        } else if has(signs.pack), has(signs.dockerfile) {
            self.init("pack", found(signs.pack))
        } else if has(signs.dockerfile) {
            self.init("dockerfile", found(signs.dockerfile))
        } else if has(signs.lambda) {
            self.init("lambda", found(signs.lambda))
        } else if has(signs.nixpacks) {
            self.init("nixpacks", found(signs.nixpacks))
        } else if has(signs.pack) {
            self.init("pack", found(signs.pack))
        } else if has(signs.railpack) {
            self.init("railpack", found(signs.railpack))
        } else {
            self.init("dockerfile", "nothing in the source is known by another builder")
        }
    }

    private static func herokuish(_ signs: Signs) -> BuilderChoice? {
        guard signs.allowsHerokuish else { return nil }
        if signs.paths.contains(".buildpacks") {
            return BuilderChoice("herokuish", "\(quoted(".buildpacks")) is in the source")
        }
        if signs.hasBuildpacks { return BuilderChoice("herokuish", "buildpacks are set") }
        return signs.hasBuildpackURL ? BuilderChoice("herokuish", "BUILDPACK_URL is set") : nil
    }

    /// - Throws: ``Failure`` with code ``FailureCode/badSource`` for a builder that does not work here.
    func refuseAbsent(_ app: AppName) throws(Failure) {
        guard !isHere else { return }
        throw Failure(
            .badSource,
            "\(app) would be built by \(name), and this host has no such builder",
            why: why,
            fix: "add a Dockerfile; slipway builder:set \(app) selected dockerfile takes it whatever else is there"
        )
    }

    /// Builds nothing, so the source must be nothing but the name of an image.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/badSource``.
    func refuseSource(_ dockerfile: String?, _ app: AppName) throws(Failure) {
        guard name == "null" else { return }
        let lines = (dockerfile ?? "").split(whereSeparator: \.isNewline).map { String($0).trimmed }
            .filter { !$0.isEmpty && !$0.hasPrefix("#") }
        if lines.count == 1, lines[0].hasPrefix("FROM ") { return }
        throw Failure(
            .badSource,
            "\(app) has builder null, which builds nothing",
            why: "a source was sent that is no image",
            fix: "slipway git:from-image \(app) IMAGE, or: slipway builder:set \(app) selected dockerfile"
        )
    }
}
