import Core
import Files
import Scheduling
import SystemPackage

/// What is ours to say between the lines of an app: kept with its release, shown among its lines.
extension Logs {
    private static let mark = "slipway["
    /// An app that is killed every minute must not fill the disk with that.
    private static let limit: Int64 = 1 << 20

    /// Adds a line about an instance; a log that cannot be written must not keep anybody from acting.
    func note(_ text: String, about instance: Instance) {
        let path = notes(of: instance.app, instance.release)
        if let size = try? path.stat().size, size > Self.limit { return }
        try? makeFolder(path.removingLastComponent())
        let line = "\(host.time.now().text) \(Self.mark)\(instance.name)]: \(cleaned(text, keepTabs: false))\n"
        try? appendToFile(path, Array(line.utf8))
    }

    /// The lines about these instances, by their names, oldest first.
    func notes(about instances: [Instance]) throws -> [(String, LogLine)] {
        let names = Set(instances.map(\.name))
        let files = Set(instances.map { notes(of: $0.app, $0.release) })
        return try files.sorted { $0.string < $1.string }.flatMap { path in
            let bytes = try readFile(path, limit: 64 << 20) ?? []
            return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap(Self.note)
        }.filter { names.contains($0.0) }
    }

    private func notes(of app: AppID, _ release: Int) -> FilePath {
        host.paths.logs(of: app).appending("v\(release).log")
    }

    /// `TIME slipway[NAME]: TEXT`; nil for what the app itself said.
    private static func note(_ line: Substring) -> (String, LogLine)? {
        let words = line.split(separator: " ", maxSplits: 2)
        guard words.count == 3, words[1].hasPrefix(mark), words[1].hasSuffix("]:") else { return nil }
        let name = words[1].dropFirst(mark.count).dropLast(2)
        return (String(name), LogLine(time: String(words[0]), isError: true, text: "slipway: \(words[2])"))
    }
}
