import Core
import Scheduling

/// A folder or a volume inside the instances of an app, as its draft and each of its releases have it.
struct Attachment: Sendable, Codable, Equatable, Hashable {
    /// When a mount is there.
    enum Phase: String, Sendable, Codable, CaseIterable {
        /// In instances, and in what a deploy runs beside them.
        case deploy
        /// In programs of `run` and of cron.
        case run
    }

    /// An absolute path of the host, or the short name of a volume of the app.
    var source: String
    /// The folder in the container.
    var target: String
    var isReadOnly = false
    /// One instance at a time has it.
    var isSingleWriter = false
    /// The named entry that it shows; nil for one that names its folder itself.
    var entry: String?
    /// In the order of their cases, never empty.
    var phases = Phase.allCases
    /// Process types that have it; empty is all.
    var processes: [String] = []
    /// Only what lies below this folder of the entry.
    var subpath: String?
    /// Whose the folder was made when it was mounted, as it was written.
    var chown: String?
    /// Further words of the engine: `rslave`, `nocopy`, `z`.
    var options: [String] = []

    init(source: String, target: String, isReadOnly: Bool = false, isSingleWriter: Bool = false) {
        self.source = source
        self.target = target
        self.isReadOnly = isReadOnly
        self.isSingleWriter = isSingleWriter
    }

    /// Records of older releases know the first three fields alone.
    init(from decoder: any Decoder) throws {
        let table = try decoder.container(keyedBy: CodingKeys.self)
        source = try table.decode(String.self, forKey: .source)
        target = try table.decode(String.self, forKey: .target)
        isReadOnly = try table.decode(Bool.self, forKey: .isReadOnly)
        isSingleWriter = try table.decodeIfPresent(Bool.self, forKey: .isSingleWriter) ?? false
        entry = try table.decodeIfPresent(String.self, forKey: .entry)
        phases = try table.decodeIfPresent([Phase].self, forKey: .phases) ?? Phase.allCases
        processes = try table.decodeIfPresent([String].self, forKey: .processes) ?? []
        subpath = try table.decodeIfPresent(String.self, forKey: .subpath)
        chown = try table.decodeIfPresent(String.self, forKey: .chown)
        options = try table.decodeIfPresent([String].self, forKey: .options) ?? []
    }

    /// The folder of the host that is shown; the volume's short name where it is none.
    var folder: String { subpath.map { "\(source)/\($0)" } ?? source }

    /// Whether a container of this kind has it: a process type, or `run` and `cron` for programs beside the instances.
    func reaches(_ type: ProcessType) -> Bool {
        let phase: Phase = OneOff.types.contains(type.text) ? .run : .deploy
        return phases.contains(phase) && (processes.isEmpty || processes.contains(type.text))
    }

    /// Whether one container could have both at the same folder.
    func collides(with other: Attachment) -> Bool {
        guard target == other.target, phases.contains(where: other.phases.contains) else { return false }
        return processes.isEmpty || other.processes.isEmpty || processes.contains(where: other.processes.contains)
    }

    /// In Dokku's notation: `source:target:options`.
    var text: String { StorageMount(self).text }

    /// What is mounted, and when it is not always: `/srv/a:ro, storage photos, in run`.
    var words: String {
        let options = MountOptions(self).text
        var words = [options.isEmpty ? folder : "\(folder):\(options)"]
        if let entry { words.append("storage \(entry)") }
        if phases.count < Phase.allCases.count { words += phases.map { "in \($0.rawValue)" } }
        return words.joined(separator: ", ")
    }
}
