import FoundationEssentials
import SystemPackage

/// What belongs to nothing.
extension Invariants {
    /// Every container of ours is an instance or a service that the database knows.
    func strangers() -> [String] {
        let known = Set(ledger.instances.compactMap(\.handle) + ledger.services.map(\.container))
        return containers.filter { !known.contains($0.Id) }.map { "the container \($0.name) belongs to nothing" }
    }

    /// Every service that is to run does, in the container that the database knows.
    func lostServices() -> [String] {
        ledger.services.filter { service in
            let state = containers.first { $0.Id == service.container }?.State
            return !service.isStopped && state != "running"
        }.map { "the service in container \($0.container.prefix(12)) does not run" }
    }

    /// Every backup that is being made is so by somebody.
    func lostBackups() -> [String] {
        ledger.backups.filter { backup in
            !ledger.running.contains { $0.kind == "service-backup" && $0.app == backup.service }
        }.map { "nobody makes the backup \($0.file), which has come to no end" }
    }

    /// Every image of ours is one of a release that was or may be live.
    func strayImages() -> [String] {
        let releases = ledger.apps.flatMap { ledger.releases[$0.id] ?? [] }
        let wanted = Set(releases.filter { $0.status != "failed" }.compactMap(\.image))
        return images.filter { !wanted.contains($0.Id) }.map { image in
            "the image \(image.RepoTags?.first ?? image.Id) belongs to no release"
        }
    }

    /// No file was left half written, and none of an app that is gone.
    func leftovers() -> [String] {
        let live = Set(ledger.apps.filter { $0.current != nil }.map { "\($0.id).conf" })
        let all = Set(ledger.apps.map(\.id))
        var result = names(in: "nginx/sites").filter { !live.contains($0) }.map { "nginx/sites/\($0) is left" }
        result += names(in: "nginx").filter { $0.hasPrefix(".") || $0 == "journal.json" }.map { "nginx/\($0) is left" }
        result += names(in: "repos").filter { !all.contains(String($0.prefix { $0 != "." })) }
            .map { "repos/\($0) is left" }
        for folder in ["certs", "logs"] {
            let apps = names(in: folder).filter { isFolder("\(folder)/\($0)") && $0 != "nginx" }
            result += apps.filter { !all.contains($0) }.map { "\(folder)/\($0) is left" }
        }
        return result
    }

    private func names(in folder: String) -> [String] {
        let path = sandbox.state.appending(folder).string
        return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }

    private func isFolder(_ name: String) -> Bool {
        var isFolder = false
        let path = sandbox.state.appending(name).string
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder
    }
}
