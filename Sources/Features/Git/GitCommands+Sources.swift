import ArgumentParser
import Core
import Engine

struct GitFromImage: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "git:from-image",
        "Deploy an image that was built elsewhere",
        examples: ["git:from-image shop registry.example.com/shop:v3", "git:from-image --force shop nginx:1.27"],
        details: "Procfile and app.json are taken from the image's working folder, where they are there."
    )
    static let permission = Permission.change
    @OptionGroup var options: ImageOptions
    @Flag(help: "Fetch it even when it is here already") var force = false

    func run(on host: Host) async throws {
        try await options.deploy("git:from-image", host) { image, app in
            try await ImageSource(on: host).fetch(image, for: app, always: force)
        }
    }
}

struct GitLoadImage: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "git:load-image",
        "Deploy an image that comes on standard input, as docker save writes it",
        examples: [
            "git:load-image shop shop:v3 < shop.tar", "git:load-image --build-dir /srv/shop shop shop:v3 < shop.tar",
        ]
    )
    static let permission = Permission.change
    @OptionGroup var options: ImageOptions

    func run(on host: Host) async throws {
        try Input.refuseTerminal("An image")
        try await options.deploy("git:load-image", host) { image, _ in try await ImageSource(on: host).loaded(image) }
    }
}

/// What both commands are told.
struct ImageOptions: ParsableArguments {
    @Option(help: "A folder of this host whose files are committed too") var buildDir: String?
    @Argument(help: "App to deploy") var app: AppName
    @Argument(help: "Image") var image: String
    @Argument(help: "Author of the commit") var author: [String] = []

    func deploy(
        _ command: String,
        _ host: Host,
        _ fetch: @Sendable (ImageName, App) async throws -> ImageFacts
    ) async throws {
        let found = try await Apps(on: host).find(app)
        let name = try ImageName(image)
        let person = try Author(author, host)
        let folder = try buildDir.map { try BuildFolder($0, host.paths) }
        let facts = try await fetch(name, found)
        let files = try await ImageSource(on: host).files(name, facts, for: found)
        let spool = try ArchiveSpool(on: host)
        defer { spool.close() }
        let message = "Deploy image \(name)"
        let archive: ArchiveParts? = if let folder { try await spool.packed(folder.path) } else { nil }
        let git = Git(on: host)
        let source = GitSource(
            command: command,
            message: message,
            digest: facts.digests.first,
            image: name.text
        ) { parent in
            try await git.commit(found, message, author: person.name, archive: archive, files: files, parent: parent)
        }
        _ = try await git.deploy(source, on: found)
    }
}

struct GitFromArchive: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "git:from-archive",
        "Deploy the content of an archive, from the web or from standard input",
        examples: [
            "git:from-archive shop https://example.com/shop.tar.gz",
            "git:from-archive --archive-type tar shop -- < shop.tar",
        ],
        details: """
            [--archive-type tar|tar.gz|zip] APP URL|-- [USER EMAIL]. Without a type the first bytes tell. At most 10,000
            entries and 1 GiB, or what git:set --global archive-max-files and archive-max-size say; a single folder around everything is taken off; what lies in .git is left out.
            """
    )
    static let permission = Permission.change
    @Argument(parsing: .captureForPassthrough, help: "[--archive-type TYPE] APP URL|-- [USER EMAIL]") var words:
        [String] = []

    func run(on host: Host) async throws {
        let wish = try ArchiveWish(words)
        let found = try await Apps(on: host).find(wish.app)
        let person = try Author(wish.author, host)
        let spool = try ArchiveSpool(on: host, within: try await Git(on: host).archiveLimits())
        defer { spool.close() }
        if let url = wish.url {
            host.output.step("Fetching \(url.file) from \(url.server)")
            try await spool.fetch(url)
        } else {
            try Input.refuseTerminal("An archive")
            try await spool.take(Input.Chunks())
        }
        let archive = try await spool.unpacked(wish.kind)
        let message = "Deploy \(wish.url?.file ?? "an archive")"
        let git = Git(on: host)
        let source = GitSource(command: "git:from-archive", message: message) { parent in
            try await git.commit(
                found,
                message,
                author: person.name,
                archive: archive,
                files: [],
                unwrapping: true,
                parent: parent
            )
        }
        _ = try await git.deploy(source, on: found)
    }
}

/// The words of `git:from-archive`; read by hand, because `--` stands for standard input here.
struct ArchiveWish: Sendable {
    var app: AppName
    /// Nil is standard input.
    var url: ArchiveURL?
    var kind: ArchiveKind?
    var author: [String]

    /// - Throws: ``Failure`` with code ``FailureCode/usage`` or ``FailureCode/malformed``.
    init(_ words: [String]) throws {
        var plain: [String] = []
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--archive-type" || word.hasPrefix("--archive-type=") {
                let name = word.contains("=") ? String(word.dropFirst("--archive-type=".count)) : rest.popFirst() ?? ""
                guard let known = ArchiveKind(rawValue: name) else {
                    throw Failure(.usage, "\(quoted(name)) is not a kind of archive", fix: "use tar, tar.gz or zip")
                }
                kind = known
            } else if word.hasPrefix("--"), word != "--" {
                throw Failure(.usage, "\(quoted(word)) is not an option", fix: "slipway help git:from-archive")
            } else {
                plain.append(word)
            }
        }
        guard plain.count >= 2 else {
            throw Failure(.usage, "an app and an address are needed", fix: "git:from-archive APP URL, or APP -- < FILE")
        }
        app = try AppName(plain[0])
        url = ["--", "-"].contains(plain[1]) ? nil : try ArchiveURL(plain[1])
        author = Array(plain.dropFirst(2))
    }
}

/// Who a commit is by: as given, else who asks.
struct Author: Sendable {
    let name: String

    /// - Throws: ``Failure`` with code ``FailureCode/usage``.
    init(_ words: [String], _ host: Host) throws {
        guard words.count <= 2 else {
            throw Failure(.usage, "\(quoted(words[2])) is one word too many", fix: "USER EMAIL")
        }
        name = words.isEmpty ? host.caller.name : words.joined(separator: " ")
    }
}
