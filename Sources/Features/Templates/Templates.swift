import Core
import Files
import Plugins
import Store
import SystemPackage

extension Feature {
    /// Apps with all they need, made in one step.
    static let templates = Feature(
        "templates",
        "Apps with their services, made in one step",
        commands: TemplatesCommands.all,
        operations: [TemplateMaking.kind]
    )
}

/// The templates that there are: files `templates/NAME.toml` in the folders of plugins that take part.
struct Templates: Sendable {
    static let folder = "templates"
    private static let ending = ".toml"
    /// Longer files are no templates.
    private static let longest = 1 << 16

    /// A file, which may be wrong.
    private struct Place {
        var name: TemplateName
        var plugin: Plugin
        var path: FilePath
    }

    let host: Host

    init(on host: Host) { self.host = host }

    /// Every template, and what is wrong with files that are none; one of them keeps nobody from the others.
    func all() async throws -> (templates: [AppTemplate], mistakes: [Failure]) {
        var (templates, mistakes): ([AppTemplate], [Failure]) = ([], [])
        for place in try await places() {
            do { templates.append(try Self.read(place)) } catch { mistakes.append(Failure(error)) }
        }
        return (templates, mistakes)
    }

    /// - Throws: ``Failure`` with code ``FailureCode/notFound``, ``FailureCode/taken`` when two plugins have it, or
    ///   ``FailureCode/malformed`` with the line.
    func find(_ name: TemplateName) async throws -> AppTemplate {
        let places = try await places()
        let same = places.filter { $0.name == name }
        guard let place = same.first else {
            let names = Set(places.map(\.name.text)).sorted()
            throw Failure(
                .notFound,
                "there is no template \(quoted(name.text))",
                why: names.isEmpty
                    ? "no plugin that takes part has one" : "there are \(names.joined(separator: ", "))",
                fix: Help.near(name.text, names).first.map { "did you mean \($0)?" } ?? "slipway templates:list"
            )
        }
        guard same.count == 1 else {
            throw Failure(
                .taken,
                "two plugins have a template \(name)",
                why: same.map(\.plugin.name).joined(separator: ", "),
                fix: "slipway plugin:disable \(same[0].plugin.name)"
            )
        }
        return try Self.read(place)
    }

    /// What is wrong with the templates of a plugin, for those who write one.
    static func mistakes(in plugin: Plugin) throws -> [(path: FilePath, failure: Failure)] {
        try places(in: plugin).compactMap { place in
            do {
                _ = try read(place)
                return nil
            } catch { return (place.path, Failure(error)) }
        }
    }

    private func places() async throws -> [Place] {
        let plugins = try Hooks(on: host).found()
        let states = try await host.store.read { try PluginTable.states($0) }
        return try plugins.filter { states.isEnabled($0) }.flatMap { try Self.places(in: $0) }.sorted {
            ($0.name, $0.plugin.name) < ($1.name, $1.plugin.name)
        }
    }

    private static func places(in plugin: Plugin) throws -> [Place] {
        let folder = plugin.folder.appending(folder)
        return try listFolder(folder).compactMap { file in
            guard file.hasSuffix(ending), let name = try? TemplateName(String(file.dropLast(ending.count))) else {
                return nil
            }
            return Place(name: name, plugin: plugin, path: folder.appending(file))
        }
    }

    private static func read(_ place: Place) throws -> AppTemplate {
        // What it says is made with all rights over the host, and runs as an app.
        try Safety.demand(place.path, below: place.plugin.folder.removingLastComponent())
        guard let bytes = try readFile(place.path, limit: longest) else {
            throw Failure(.notFound, "\(place.path) is gone")
        }
        do throws(TomlError) {
            return try TemplateReader.read(bytes, name: place.name, plugin: place.plugin.name)
        } catch { throw error.failure(in: place.path.string) }
    }
}
