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
    func notes(about instances: [Instance]) -> [(String, LogLine)] {
        var tail = tail(about: instances)
        return tail.next()
    }

    /// The same, which goes on to tell of those that are written later.
    func tail(about instances: [Instance]) -> NoteTail {
        let files = Set(instances.map { notes(of: $0.app, $0.release) })
        return NoteTail(files.sorted { $0.string < $1.string }, about: Set(instances.map(\.name)))
    }

    private func notes(of app: AppID, _ release: Int) -> FilePath {
        host.paths.logs(of: app).appending("v\(release).log")
    }

    /// `TIME slipway[NAME]: TEXT`; nil for what the app itself said.
    static func note(_ line: Substring) -> (String, LogLine)? {
        let words = line.split(separator: " ", maxSplits: 2)
        guard words.count == 3, words[1].hasPrefix(mark), words[1].hasSuffix("]:") else { return nil }
        let name = words[1].dropFirst(mark.count).dropLast(2)
        return (String(name), LogLine(time: String(words[0]), isError: true, text: "slipway: \(words[2])"))
    }
}
