import Core

/// A registry, as names of images and logins know it: `registry.example.com:5000`, or `docker.io`.
struct RegistryServer: CheckedText {
    let text: String

    static let hub = "docker.io"
    private static let namesOfHub: Set = [
        "", "docker.io", "index.docker.io", "hub.docker.com", "registry-1.docker.io", "registry.hub.docker.com",
    ]

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(_ text: String) throws(Failure) {
        var rest = text[...]
        for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) { rest = rest.dropFirst(scheme.count) }
        let host = rest.prefix { $0 != "/" }.lowercased()
        if Self.namesOfHub.contains(host) {
            self.text = Self.hub
            return
        }
        guard Self.isHost(host) else {
            throw .malformed("\(quoted(text)) is not a registry", fix: "write it as registry.example.com or HOST:PORT")
        }
        self.text = host
    }

    /// The registry that an image of this name comes from.
    ///
    /// The first part of a name is a server when no repository of Docker Hub could be called so.
    init(ofImage name: String) {
        let first = name.prefix { $0 != "/" }
        let isServer = name.contains("/") && (first.contains(".") || first.contains(":") || first == "localhost")
        text = isServer ? (try? RegistryServer(String(first)))?.text ?? Self.hub : Self.hub
    }

    /// As the engine knows it.
    var address: String { text == Self.hub ? "https://index.docker.io/v1/" : text }

    private static func isHost(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let name = parts.first, let first = name.utf8.first, first.isLetterOrDigit,
            name.utf8.count <= 253, name.utf8.allSatisfy({ $0.isLowercaseLetterOrDigit || ".-".utf8.contains($0) })
        else { return false }
        return parts.count == 1 || (try? Port(String(parts[1]))) != nil
    }
}

/// Where the images of an app are pushed, in the values of its properties.
struct PushTarget: Sendable, Equatable {
    /// With the server in front, without a tag: `registry.example.com/dokku/shop`.
    var repository: String
    var extraTags: [String]

    /// - Throws: ``Failure`` with code ``FailureCode/malformed`` when they make no name of an image.
    init(_ values: [String: String], app: AppName) throws {
        let repository = Self.repository(values, app: app)
        try Self.checkRepository(repository)
        let server = Self.prefix(values[Registries.server.name] ?? "")
        self.repository = server.isEmpty ? repository : "\(server)/\(repository)"
        extraTags = Self.words(values[Registries.extraTags.name] ?? "")
    }

    /// The app's own name for it, else what the template makes of the app's name.
    static func repository(_ values: [String: String], app: AppName) -> String {
        let own = values[Registries.imageRepo.name] ?? ""
        if !own.isEmpty { return own }
        let template = values[Registries.template.name] ?? ""
        return template.isEmpty ? "dokku/\(app)" : filled(template, app: app.text)
    }

    /// `{{ .AppName }}` with the app's name in its place.
    static func filled(_ template: String, app: String) -> String {
        template.replacing(/\{\{-?\s*\.AppName\s*-?\}\}/, with: app)
    }

    static func checkRepository(_ text: String) throws {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let isName = parts.allSatisfy { part in
            guard let first = part.utf8.first, let last = part.utf8.last else { return false }
            return first.isLowercaseLetterOrDigit && last.isLowercaseLetterOrDigit
                && part.utf8.allSatisfy { $0.isLowercaseLetterOrDigit || "._-".utf8.contains($0) }
        }
        guard isName, text.utf8.count <= 200 else {
            throw Failure.malformed(
                "\(quoted(text)) is not the name of a repository of images",
                fix: "use lower-case letters, digits, '.', '_', '-' and '/': team/shop"
            )
        }
    }

    static func checkTag(_ text: String) throws {
        guard let first = text.utf8.first, first.isLetterOrDigit || first == UInt8(ascii: "_"), text.utf8.count <= 128,
            text.utf8.allSatisfy({ $0.isLetterOrDigit || "._-".utf8.contains($0) })
        else { throw Failure.malformed("\(quoted(text)) is not a tag", fix: "write it as latest,stable") }
    }

    static func words(_ text: String) -> [String] {
        text.split { $0 == "," || $0 == " " }.map(String.init)
    }

    /// A server with a folder of it, without scheme and slashes around it.
    static func prefix(_ text: String) -> String {
        var rest = text[...]
        for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) { rest = rest.dropFirst(scheme.count) }
        while rest.hasSuffix("/") { rest = rest.dropLast() }
        return String(rest)
    }
}
