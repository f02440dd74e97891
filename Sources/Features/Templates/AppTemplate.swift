import Core

/// What an app of one kind needs besides its image, as `templates/NAME.toml` of a plugin declares it.
struct AppTemplate: Sendable, Equatable {
    let name: TemplateName
    /// Whose file it is.
    let plugin: String
    var summary: String
    var image: ImageName
    /// In the order of their aliases.
    var services: [TemplateService]
    /// Volumes of the app alone: they come and go with it.
    var mounts: [StorageMount]
    var config: [ConfigKey: TemplateText]
    /// Empty leaves it to what the image exposes.
    var ports: [PortMapping]
    var scale: [ProcessType: Int]
    var properties: [TemplateProperty]
    /// What whoever made an app of it reads at the end.
    var notes: [TemplateText]

    /// Whether an app without a name under which it answers is of no use.
    var needsDomain: Bool { config.values.contains { $0.places.contains(.domain) } }
}

/// A service that is made with the app and for it alone.
struct TemplateService: Sendable, Equatable {
    /// What it is called in the template, and behind the app's name.
    let alias: String
    var kind: ServiceKindName
    /// Nil is the kind's own.
    var image: String?
    var version: String?
    /// Bytes.
    var memory: Int64?

    static func isAlias(_ text: String) -> Bool {
        (1...20).contains(text.utf8.count) && text.utf8.first?.isLowercaseLetter == true
            && text.utf8.allSatisfy { $0.isLowercaseLetterOrDigit }
    }

    /// `blog` and `db` as `blog-db`; the names of services know no dots.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/malformed`` when that is no name of a service.
    func name(for app: AppName) throws -> ServiceName {
        let text = "\(app.text.replacing(".", with: "-"))-\(alias)"
        do { return try ServiceName(text) } catch {
            throw Failure.malformed(
                "\(quoted(text)) is not the name of a service",
                fix: "give the app a shorter name: with -\(alias) behind it at most 40 characters"
            )
        }
    }
}

/// A property of a noun that the app is given.
struct TemplateProperty: Sendable, Equatable {
    var noun: String
    var name: String
    var value: String
}

/// The name of a template, which is the name of its file.
struct TemplateName: CheckedText {
    let text: String

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(_ text: String) throws(Failure) {
        let isPlain = text.utf8.allSatisfy { $0.isLowercaseLetterOrDigit || $0 == UInt8(ascii: "-") }
        guard isPlain, (1...40).contains(text.utf8.count), text.utf8.first?.isLowercaseLetterOrDigit == true else {
            throw .malformed(
                "\(quoted(text)) is not the name of a template",
                fix: "use at most 40 of a-z, 0-9 and '-', the first a letter or digit"
            )
        }
        self.text = text
    }
}
