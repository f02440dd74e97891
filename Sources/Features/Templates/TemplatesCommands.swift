import ArgumentParser
import Core

enum TemplatesCommands {
    static let all: [any HostCommand.Type] = [TemplatesInfo.self, TemplatesList.self]
}

extension TemplateName: ExpressibleByArgument {}

/// A template as people and JSON see it; of its variables only the names.
private struct ShownTemplate: Encodable {
    struct Service: Encodable {
        var name: String
        var kind: String
    }

    var name: String
    var plugin: String
    var description: String
    var image: String
    var services: [Service]
    var storage: [String]
    var config: [String]
    var ports: [String]

    init(_ template: AppTemplate) {
        name = template.name.text
        plugin = template.plugin
        description = template.summary
        image = template.image.text
        services = template.services.map { Service(name: "APP-\($0.alias)", kind: $0.kind.text) }
        storage = template.mounts.map(\.text)
        config = template.config.keys.sorted().map(\.text)
        ports = template.ports.map(\.text)
    }

    static let shape = JSONShape.object([
        "name": .text, "plugin": .text, "description": .text, "image": .text, "storage": .list(.text),
        "config": .list(.text), "ports": .list(.text), "services": .list(.object(["name": .text, "kind": .text])),
    ])
}

struct TemplatesList: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "templates:list",
        "The templates that apps can be made from",
        examples: ["templates:list", "templates:list --format json"],
        details: "They come with plugins: a file templates/NAME.toml in the folder of one that takes part."
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .list(ShownTemplate.shape)
    @OptionGroup var format: FormatOptions

    func run(on host: Host) async throws {
        let (templates, mistakes) = try await Templates(on: host).all()
        for mistake in mistakes { host.output.warn(mistake.what) }
        if format.wantsJSON { return try host.output.answer(json: templates.map(ShownTemplate.init)) }
        guard !templates.isEmpty else {
            throw Failure(
                .notFound,
                "there are no templates",
                fix: "slipway plugin:list shows which plugins take part; one that does brings them"
            )
        }
        host.output.title("Templates")
        host.output.answer(lines: table(templates.map { [$0.name.text, $0.plugin, $0.summary] }))
    }
}

struct TemplatesInfo: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "templates:info",
        "What a template makes",
        examples: ["templates:info wordpress", "templates:info wordpress --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = ShownTemplate.shape
    @OptionGroup var format: FormatOptions
    @Argument(help: "Template to look at") var template: TemplateName

    func run(on host: Host) async throws {
        let found = try await Templates(on: host).find(template)
        let shown = ShownTemplate(found)
        if format.wantsJSON { return try host.output.answer(json: shown) }
        host.output.title("\(shown.name) of the plugin \(shown.plugin): \(shown.description)")
        var rows = [["image:", shown.image]]
        rows += shown.services.map { ["service:", "\($0.kind) \($0.name)"] }
        rows += shown.storage.map { ["volume:", $0] }
        rows += shown.ports.map { ["port:", $0] }
        rows += found.scale.sorted { $0.key < $1.key }.map { ["scale:", "\($0.key)=\($0.value)"] }
        rows += found.properties.map { ["property:", "\($0.noun) \($0.name)=\($0.value)"] }
        if !shown.config.isEmpty { rows.append(["variables:", shown.config.joined(separator: " ")]) }
        host.output.answer(lines: table(rows))
    }
}

/// What `apps:create` is told of a template.
struct TemplateOptions: ParsableArguments {
    @Option(help: "Make it from a template, with services, volumes and settings, and deploy it")
    var template: TemplateName?
    @Option(help: "Name under which it answers; without it what the global domains give") var domain: DomainName?
    @Option(help: "Image instead of the template's own") var image: String?
    @Option(help: "KEY=VALUE for a variable over what the template says; may be repeated") var set: [String] = []

    /// Nil for an app without a template.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/usage`` or ``FailureCode/malformed``.
    func wish(_ app: AppName) throws -> TemplateWish? {
        guard let template else {
            guard domain == nil, image == nil, set.isEmpty else {
                throw Failure(
                    .usage,
                    "--domain, --image and --set go with --template",
                    fix: "slipway templates:list shows the templates"
                )
            }
            return nil
        }
        var wish = TemplateWish(app: app, template: template, image: image, domain: domain)
        for word in set {
            guard let mark = word.firstIndex(of: "=") else {
                throw Failure.malformed("a word behind --set is not KEY=VALUE", fix: "write --set KEY=VALUE")
            }
            let key = try ConfigKey(String(word[..<mark]))
            guard wish.config.updateValue(String(word[word.index(after: mark)...]), forKey: key) == nil else {
                throw Failure.malformed("\(key) is set twice")
            }
        }
        return wish
    }

    /// Services are for administrators to make.
    static func isGiven(in words: [String]) -> Bool {
        words.contains { $0 == "--template" || $0.hasPrefix("--template=") }
    }

    /// Values of variables are nobody's business.
    static func masked(_ words: [String]) -> [String] {
        func hidden(_ word: Substring) -> String { "\(word.prefix { $0 != "=" })=******" }
        return words.indices.map { index in
            let word = words[index]
            if word.hasPrefix("--set=") { return "--set=\(hidden(word.dropFirst("--set=".count)))" }
            return index > 0 && words[index - 1] == "--set" ? hidden(word[...]) : word
        }
    }

    /// What the template has to say to whoever has an app of it now.
    static func say(_ template: AppTemplate, _ app: App, _ host: Host) async {
        // The app is there, whatever cannot be said of it.
        let url = (try? await Urls(on: host).all(of: app).first) ?? ""
        let domain = (try? await Domains(on: host).names(of: app).first?.text) ?? ""
        for note in template.notes {
            let line = note.filled { place in
                switch place {
                case .app: app.name.text
                case .domain: domain
                case .url: url
                case .random: ""
                case .service(let alias, _):
                    (try? template.services.first { $0.alias == alias }?.name(for: app.name).text) ?? ""
                }
            }
            host.output.detail(line)
        }
    }
}
