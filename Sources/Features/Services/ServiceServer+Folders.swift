import Core
import Engine
import Files
import Scheduling
import SystemPackage

/// Folders and files of a service.
extension ServiceServer {
    var folder: FilePath { host.paths.service(service.id) }
    var backups: FilePath { folder.appending("backups") }
    func dataFolder(_ generation: Int) -> FilePath { folder.appending("data-\(generation)") }

    /// Folders of the container that hold files of ours.
    var fileFolders: [String] {
        Set(kind.files.keys.map { FilePath($0).removingLastComponent().string }).sorted()
    }

    /// Makes the folders that a container shows; the image's own program gives them to its user.
    func makeFolders(data generation: Int) throws {
        try makeFolder(folder)
        for index in kind.data.indices { try makeFolder(dataFolder(generation).appending("\(index)")) }
    }

    /// Writes what the server reads of us; behind a folder that only we may enter, so that others on the host cannot.
    func writeFiles(links: [ServiceLink]) throws {
        try makeFolders(data: service.generation)
        let values = ServiceValues(service, kind, links: links).all
        for (index, target) in fileFolders.enumerated() {
            let own = folder.appending("files").appending("\(index)")
            try makeFolder(own, mode: [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute])
            for (path, text) in kind.files {
                let file = FilePath(path)
                guard file.removingLastComponent().string == target, let name = file.lastComponent else { continue }
                try writeFile(
                    own.appending(name),
                    Array(text.filled(values).utf8),
                    mode: [.ownerReadWrite, .groupRead, .otherRead]
                )
            }
        }
    }

    /// Removes a folder below our own, also what the server's user has written there.
    func remove(_ path: FilePath) async throws {
        do { try removeTree(path) } catch {
            // Only root may; a container of the same image is.
            guard let image = try await host.engine.image(service.reference) else { throw error }
            try await remove(path, asRootOf: image.id)
            try removeTree(path)
        }
    }

    /// What a death left of an earlier one has its name, and goes first.
    func remove(_ path: FilePath, asRootOf image: String) async throws {
        var workload = Workload(
            name: "\(Self.name(service, host.settings)).cleaning",
            image: image,
            hostname: "cleaning"
        )
        workload.home = WorkloadNetwork("none")
        workload.labels = [Self.label: service.id.text, Self.operationLabel: "0"]
        workload.user = "0"
        workload.entrypoint = ["rm", "-rf", "--"]
        workload.command = ["/service/\(path.lastComponent?.string ?? "nothing")"]
        workload.mounts = [
            WorkloadMount(source: path.removingLastComponent().string, target: "/service", isReadOnly: false)
        ]
        workload.restartPolicy = "no"
        try await removeContainers(operation: 0, isKept: false)
        let code = try await host.scheduler.run(workload)
        guard code == 0 else { throw Failure(.programFailed, "\(path) could not be removed: rm ended with \(code)") }
    }
}
