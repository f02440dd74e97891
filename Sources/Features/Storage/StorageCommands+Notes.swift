import ArgumentParser
import Core

struct StorageAnnotationsSet: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "storage:annotations:set",
        "Note an annotation of a named storage; only k3s would read it",
        examples: ["storage:annotations:set photos team media", "storage:annotations:set photos team"]
    )
    static let permission = Permission.administer
    @OptionGroup var note: StorageNoteArguments

    func run(on host: Host) async throws { try await note.set(.annotations, host) }
}

struct StorageLabelsSet: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "storage:labels:set",
        "Note a label of a named storage; only k3s would read it",
        examples: ["storage:labels:set photos tier cold", "storage:labels:set photos tier"]
    )
    static let permission = Permission.administer
    @OptionGroup var note: StorageNoteArguments

    func run(on host: Host) async throws { try await note.set(.labels, host) }
}

/// A key and its value; without a value it is taken away.
struct StorageNoteArguments: ParsableArguments {
    @Argument(help: "Name of the entry") var name: String
    @Argument(help: "Key") var key: String
    @Argument(help: "Value") var value: String?

    func set(_ kind: EntryNotes, _ host: Host) async throws {
        let text = (value ?? "").isEmpty ? nil : value.map { cleaned($0, keepTabs: false) }
        let key = try EntryNote.key(key)
        guard try await Storage(on: host).note(key, text, as: kind, of: try EntryName(name)) else {
            return host.output.heading("\(key) is unchanged")
        }
        host.output.heading(text.map { "Setting \(key) to \($0)" } ?? "Unsetting \(key)")
        host.output.detail("kept for the scheduler k3s; \(StorageEntry.scheduler) does not read it")
    }
}

struct StorageAnnotationsReport: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "storage:annotations:report",
        "The annotations of a named storage",
        examples: ["storage:annotations:report photos", "storage:annotations:report photos --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .map(.text)
    @OptionGroup var format: FormatOptions
    @Argument(help: "Name of the entry") var name: String

    func run(on host: Host) async throws { try await StorageNotes.show(.annotations, name, format, host) }
}

struct StorageLabelsReport: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "storage:labels:report",
        "The labels of a named storage",
        examples: ["storage:labels:report photos", "storage:labels:report photos --format json"]
    )
    static let permission = Permission.view
    static let answers: JSONShape? = .map(.text)
    @OptionGroup var format: FormatOptions
    @Argument(help: "Name of the entry") var name: String

    func run(on host: Host) async throws { try await StorageNotes.show(.labels, name, format, host) }
}

private enum StorageNotes {
    static func show(_ kind: EntryNotes, _ name: String, _ format: FormatOptions, _ host: Host) async throws {
        let notes = try await Storage(on: host).entry(try EntryName(name))[kind]
        if format.wantsJSON { return try host.output.answer(json: notes) }
        host.output.title("\(name) storage \(kind.rawValue) information")
        let lines = notes.sorted { $0.key < $1.key }
        host.output.answer(lines: lines.map { "       \("\($0.key):".padded(to: 31))\($0.value)" })
    }
}
