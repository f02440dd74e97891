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
        var workload = asRoot(of: image, named: "cleaning", in: path.removingLastComponent(), isReadOnly: false)
        workload.labels[Self.operationLabel] = "0"
        workload.entrypoint = ["rm", "-rf", "--"]
        workload.command = ["/service/\(path.lastComponent?.string ?? "nothing")"]
        try await removeContainers(operation: 0, isKept: false)
        let code = try await host.scheduler.run(workload)
        guard code == 0 else { throw Failure(.programFailed, "\(path) could not be removed: rm ended with \(code)") }
    }

    /// What lies in folders that only the server's user may enter, measured by a container of its image, whose root may.
    ///
    /// - Parameter closed: Folders below the service's own.
    /// - Returns: Bytes of allocated blocks, each without the folder itself; what could not be measured is left out.
    /// - Throws: What the engine says, or that it takes longer than a minute.
    func measure(_ closed: [FilePath]) async throws -> [FilePath: Int64] {
        guard let image = try await host.engine.image(service.reference) else { return [:] }
        let inside = closed.reduce(into: [String: FilePath]()) { result, path in
            var rest = path
            guard rest.removePrefix(folder), !rest.string.contains(where: \.isNewline) else { return }
            result["/service/\(rest)"] = path
        }
        var workload = asRoot(of: image.id, named: "measuring-\(host.newID().suffix(8))", in: folder, isReadOnly: true)
        workload.labels[Owner.label] = Owner.this.labelText
        workload.entrypoint = ["du", "-s", "-k", "--"]
        workload.command = inside.keys.sorted()
        let scheduler = host.scheduler
        let made = workload
        let lines = try await withTimeout(.seconds(60), clock: host.time.clock) {
            // Its code tells of folders that were removed meanwhile too.
            try await scheduler.run(made) { handle, _ in try await scheduler.lastLines(inside.count, of: handle) }
        }
        return lines.reduce(into: [:]) { result, line in
            let words = line.text.split(separator: "\t", maxSplits: 1)
            guard !line.isError, words.count == 2, let blocks = Int64(words[0]), let path = inside[String(words[1])]
            else { return }
            result[path] = max(0, blocks * 1024 - FolderMeasure().own(path).bytes)
        }
    }

    /// A program of the image beside its server, with a folder of ours at `/service` and without a network.
    private func asRoot(
        of image: String,
        named name: String,
        in folder: FilePath,
        isReadOnly: Bool
    ) -> Workload {
        var workload = Workload(
            name: "\(Self.name(service, host.settings)).\(name)",
            image: image,
            hostname: "service"
        )
        workload.home = WorkloadNetwork("none")
        workload.labels = [Self.label: service.id.text]
        workload.user = "0"
        workload.mounts = [WorkloadMount(source: folder.string, target: "/service", isReadOnly: isReadOnly)]
        workload.restartPolicy = "no"
        return workload
    }
}
