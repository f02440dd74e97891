import Core
import Engine
import Files
import Glibc
import SystemPackage

/// The name of an image, as `docker pull` takes it.
struct ImageName: CheckedText {
    let text: String

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``; nothing that passes can be more than one word of a Dockerfile.
    init(_ text: String) throws(Failure) {
        guard let first = text.utf8.first, first.isLetterOrDigit, text.utf8.count <= 255,
            text.utf8.allSatisfy({ $0.isLetterOrDigit || "._-/:@".utf8.contains($0) })
        else { throw .malformed("\(quoted(text)) is not the name of an image", fix: "write it as name:tag") }
        self.text = text
    }
}

/// Deploys of images that were built elsewhere: a Dockerfile of one line, so that everything else is as with a push.
struct ImageSource: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    /// - Throws: ``Failure`` with code ``FailureCode/registryRefused`` and the registry's words.
    func fetch(_ image: ImageName, for app: App, always: Bool) async throws -> ImageFacts {
        let send = "docker save \(image) | \(host.settings.command("git:load-image \(app.name) \(image)"))"
        return try await Registries(on: host).fetch(
            image.text,
            for: app,
            always: always,
            fix: "check its name, or send it: \(send)"
        )
    }

    /// - Throws: ``Failure`` with code ``FailureCode/notFound``.
    func loaded(_ image: ImageName) async throws -> ImageFacts {
        let names = try await host.engine.load(Input.Chunks())
        for name in names { host.output.detail("loaded \(name)") }
        if let present = try await host.engine.image(image.text) { return present }
        throw Self.missing(image, "standard input held \(names.isEmpty ? "no image" : names.joined(separator: ", "))")
    }

    /// What is committed; the image's id is part of it, so that the same name with another content is a change.
    func files(_ image: ImageName, _ facts: ImageFacts, for app: App) async throws -> [(path: String, bytes: [UInt8])] {
        let builder = Builder(on: host)
        let folder = try await builder.folder(of: app)
        let top = folder.isEmpty ? "" : folder + "/"
        let dockerfile = try await builder.dockerfile(of: app)
        var files = [(top + dockerfile, Array("FROM \(image)\n# \(facts.id)\n".utf8))]
        let written = [
            try await Properties("ps", on: host).effective(Ps.procfilePath, of: app),
            try await Properties("app-json", on: host).effective(AppJsonFile.path, of: app),
        ]
        for (name, bytes) in try await inside(facts, written, app) { files.append((top + name, bytes)) }
        return files
    }

    /// Procfile and app.json, where the image holds them in its working folder.
    private func inside(_ facts: ImageFacts, _ names: [String], _ app: App) async throws -> [(String, [UInt8])] {
        var spec = ContainerSpec(image: facts.id)
        spec.command = ["/never-run"]
        spec.network = "none"
        // Should this process die, it is removed like a program whose person has left.
        spec.labels = OneOff.labels(["/never-run"], from: host.time.now(), limit: nil, attendant: .this)
        spec.labels[Engine.appLabel] = app.id.text
        let container = try await host.engine.createContainer(name: nil, spec: spec)
        let folder = facts.workingDirectory.isEmpty ? "/" : facts.workingDirectory
        var found: [(String, [UInt8])] = []
        do {
            for name in names {
                if let bytes = try await file("\(folder)/\(name)", in: container) { found.append((name, bytes)) }
            }
        } catch {
            try? await host.engine.removeContainer(container, force: true)
            throw error
        }
        try await host.engine.removeContainer(container, force: true)
        return found
    }

    private func file(_ path: String, in container: String) async throws -> [UInt8]? {
        var reader = TarReader()
        var bytes: [UInt8] = []
        var isFile = false
        do {
            for try await chunk in host.engine.copyFrom(container, path: path) {
                for event in try reader.push(chunk) {
                    if case .entry(let header) = event { isFile = header.kind == .file }
                    if case .data(let piece) = event, isFile { bytes += piece }
                }
                guard bytes.count <= 1 << 20 else {
                    throw Failure(.badSource, "\(quoted(path)) of the image is larger than 1 MiB")
                }
            }
        } catch EngineError.refused(404, _, _) { return nil }
        return isFile ? bytes : nil
    }

    private static func missing(_ image: ImageName, _ why: String) -> Failure {
        Failure(.notFound, "there is no image \(image)", why: why, fix: "name the image as docker images shows it")
    }
}

/// A folder of this host whose files go with an image.
struct BuildFolder: Sendable {
    let path: FilePath

    /// - Throws: ``Failure`` when it is no folder, or holds our own state.
    init(_ text: String, _ paths: Paths) throws {
        guard text.hasPrefix("/"), let real = realpath(text, nil) else {
            throw Failure.malformed("\(quoted(text)) is not a folder of this host", fix: "write it from / on")
        }
        defer { free(real) }
        path = FilePath(String(cString: real))
        guard !path.starts(with: paths.root), !paths.root.starts(with: path) else {
            throw Failure(.notAllowed, "\(path) holds slipway's own state", fix: "use another folder")
        }
    }
}
