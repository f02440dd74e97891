import Core
import Files
import Plugins
import Proxying
import Repositories
import Store
import SystemPackage

/// What plugins written for Dokku look for below `<root>/dokku`: programs, functions to source, and a folder per app.
///
/// Nothing in it is the truth of anything but the files that plugins put into the folder of an app themselves. The
/// folder hangs on the app's id, and its name is a link to it: a renamed app keeps what plugins wrote.
struct DokkuTree: Sendable {
    let host: Host

    init(on host: Host) { self.host = host }

    /// Names in the folder of an app that are ours.
    static let own: Set<String> = ["nginx.conf.d", "nginx.conf", "tls", "VHOST", "ENV", ".git"]

    private var lib: FilePath { host.paths.dokku }
    private var home: FilePath { lib.appending("home") }

    /// Writes what is not as it should be, and takes away what is of nobody.
    func publish() async throws {
        try makeFolder(lib)
        for folder in [host.paths.root, lib] { try letThrough(folder) }
        let core = try publishShare()
        try await publishPlugins(core)
        let apps = try await Apps(on: host).list()
        try await publishHost()
        let known = Set(apps.map(\.name.text))
        for name in try listFolder(home) where kindOfFile(home.appending(name)) == .link && !known.contains(name) {
            try removeFile(home.appending(name))
        }
        for app in apps {
            try removeFile(host.paths.dokku(of: app.id).appending("ENV"))
            try await publish(app)
        }
        let archived = try await Apps(on: host).archives()
        let ids = Set((apps + archived).map(\.id.text))
        for name in try listFolder(lib.appending("apps")) where !ids.contains(name) {
            try removeTree(lib.appending("apps").appending(name))
        }
    }

    /// The same, on a host whose set-up has made it.
    func mend() async throws {
        if kindOfFile(lib.appending("bin")) != nil { try await publish() }
    }

    /// The same for one app: its name, its names, its certificate, and what nginx is told of it.
    func publish(_ app: App) async throws {
        let folder = host.paths.dokku(of: app.id)
        try makeFolder(home)
        try makeFolder(folder)
        for open in [host.paths.root, lib, home, lib.appending("apps"), folder] { try letThrough(open) }
        try makeLink(home.appending(app.name.text), to: FilePath("../apps/\(app.id)"))
        let snippets = host.proxy.snippets(of: app.id.text) ?? host.paths.nginx(of: app.id).appending("nginx.conf.d")
        try makeFolder(snippets)
        try makeLink(folder.appending("nginx.conf.d"), to: snippets)
        // With Dokku it is the app's repository; so it is for git (gitrepository-layout(5), .git as a file).
        try write("gitdir: \(host.repositories.path(of: app.id))\n", to: folder.appending(".git"))
        let names = try await Domains(on: host).names(of: app).map(\.text)
        try write(names.isEmpty ? nil : names.joined(separator: "\n") + "\n", to: folder.appending("VHOST"))
        if let text = try host.proxy.configuration(of: app.id.text) {
            try write(text, to: folder.appending("nginx.conf"))
        }
        try publish(try await Certs(on: host).find(app), in: folder.appending("tls"))
    }

    /// The same for whichever app has this id; an archived one has no name to be found by.
    func publish(_ id: AppID) async throws {
        guard let app = try await Apps(on: host).present(id) else { return }
        try await publish(app)
    }

    /// The same where it must not be the end of what was asked for: it is derived, and repair brings it back.
    func renew(_ app: App) async {
        do { try await publish(app) } catch { host.output.failure(Failure(error)) }
    }

    /// Another name leads to the folder of an app from now on.
    func rename(_ app: App, to name: AppName) async {
        do {
            try removeFile(home.appending(app.name.text))
            try await publish(app.id)
        } catch { host.output.failure(Failure(error)) }
    }

    /// Gives an app the files that plugins have put there for another.
    func copy(_ app: App, to copy: App) async {
        do {
            try await publish(copy)
            try copyTree(host.paths.dokku(of: app.id), to: host.paths.dokku(of: copy.id), skipping: Self.own)
        } catch { host.output.failure(Failure(error)) }
    }

    /// The name leads nowhere from now on; what plugins wrote stays for as long as the app can be brought back.
    func withdraw(_ app: App, isPurging: Bool) throws {
        if kindOfFile(home.appending(app.name.text)) == .link,
            linkTarget(home.appending(app.name.text)) == FilePath("../apps/\(app.id)")
        {
            try removeFile(home.appending(app.name.text))
        }
        if isPurging { try removeTree(host.paths.dokku(of: app.id)) }
    }

    private func write(_ text: String?, to path: FilePath, mode: FilePermissions = open) throws {
        guard let text else { return try removeFile(path) }
        let bytes = Array(text.utf8)
        if try readFile(path) != bytes { try writeFile(path, bytes, mode: mode, isDurable: false) }
    }

    private static let open: FilePermissions = [.ownerReadWrite, .groupRead, .otherRead]
}

// MARK: Certificates

extension DokkuTree {
    private static let stamp = ".slipway"

    /// Copies, so that a plugin may write its own in their place; what it wrote since is left for
    /// ``takeCertificate(of:)``.
    private func publish(_ pair: CertificatePair?, in folder: FilePath) throws {
        let stamp = folder.appending(Self.stamp)
        let last = try readFile(stamp).map { String(decoding: $0, as: UTF8.self) }
        try makeFolder(folder)
        if last == pair?.name { return }
        let (certificate, key) = (folder.appending("server.crt"), folder.appending("server.key"))
        if let pair {
            for (path, text) in [(key, pair.key), (certificate, pair.chain), (stamp, pair.name)] {
                try writeFile(path, Array(text.utf8), isDurable: false)
            }
        } else {
            for path in [certificate, key, stamp] { try removeFile(path) }
        }
    }

    /// Has an app answer under the certificate that a plugin has put into its `tls`.
    ///
    /// - Returns: Whether there was another than the app's own.
    /// - Throws: ``Failure`` with code ``FailureCode/badCertificate``; the old one stays in force then.
    func takeCertificate(of app: App) async throws -> Bool {
        let folder = host.paths.dokku(of: app.id).appending("tls")
        guard let certificate = try readFile(folder.appending("server.crt"), limit: 1 << 20),
            let key = try readFile(folder.appending("server.key"), limit: 1 << 20)
        else { return false }
        let pair = try CertificatePair(certificates: certificate, key: key)
        guard try await Certs(on: host).find(app) != pair else { return false }
        try writeFile(folder.appending(Self.stamp), Array(pair.name.utf8))
        return try await Certs(on: host).install(pair, app, "certs:update")
    }
}

// MARK: Programs and functions

extension DokkuTree {
    /// Copies what came with the product.
    ///
    /// - Returns: The names of the folders with functions.
    private func publishShare() throws -> [String] {
        let core = lib.appending("core-plugins")
        if let share = Shipped.current?.dokku, kindOfFile(share) == .folder {
            for name in try listFolder(share.appending("bin")) {
                try copy(
                    share.appending("bin").appending(name),
                    to: lib.appending("bin").appending(name),
                    Self.runnable
                )
            }
            let available = share.appending("core-plugins/available")
            for plugin in try listFolder(available) {
                for name in try listFolder(available.appending(plugin)) {
                    let part = "available/\(plugin)/\(name)"
                    try copy(
                        available.appending(plugin).appending(name),
                        to: core.pushing(FilePath(part)),
                        Self.open
                    )
                }
            }
        } else if try listFolder(core).isEmpty {
            host.output.warn("the functions for plugins written for Dokku are not here: make install brings them")
        }
        try makeLink(lib.appending("bin/dokku"), to: FilePath(Git.binary))
        let names = try listFolder(core.appending("available"))
        for name in names {
            try makeLink(core.appending("enabled").appending(name), to: FilePath("../available/\(name)"))
        }
        for (file, names) in [("triggers", Trigger.all.map(\.name)), ("answers", DokkuCalls.all.map(\.name))] {
            try write(names.map { $0 + "\n" }.joined(), to: lib.appending(file))
        }
        return names
    }

    private static let runnable: FilePermissions = [
        .ownerReadWriteExecute, .groupRead, .groupExecute, .otherRead, .otherExecute,
    ]

    private func copy(_ source: FilePath, to target: FilePath, _ mode: FilePermissions) throws {
        guard kindOfFile(source) == .file, let bytes = try readFile(source) else { return }
        if try readFile(target) != bytes { try writeFile(target, bytes, mode: mode, isDurable: false) }
    }

    /// What has been installed, switched on or off, or taken away; the functions are there since `setup`.
    func publishPlugins() async throws {
        try await publishPlugins(try listFolder(lib.appending("core-plugins/available")))
    }

    /// Every plugin below `available`, those that take part below `enabled`, and the folders of functions below both.
    private func publishPlugins(_ core: [String]) async throws {
        let states = try await host.store.read { try PluginTable.states($0) }
        var available: [String: FilePath] = [:]
        var enabled: [String: FilePath] = [:]
        for plugin in try Hooks(on: host).found() {
            available[plugin.name] = plugin.folder
            if states.isEnabled(plugin) { enabled[plugin.name] = plugin.folder }
        }
        for name in core {
            available[name] = FilePath("../../core-plugins/available/\(name)")
            enabled[name] = available[name]
        }
        for (folder, wanted) in [("available", available), ("enabled", enabled)] {
            let place = lib.appending("plugins").appending(folder)
            for name in try listFolder(place) where wanted[name] == nil && kindOfFile(place.appending(name)) == .link {
                try removeFile(place.appending(name))
            }
            for (name, target) in wanted { try makeLink(place.appending(name), to: target) }
        }
    }

    private func publishHost() async throws {
        try makeFolder(home)
        try letThrough(home)
        for name in ["data", "config", "services"] { try makeFolder(lib.appending(name)) }
        let global = try await Domains(on: host).global().map(\.text)
        try write(global.isEmpty ? nil : global.joined(separator: "\n") + "\n", to: home.appending("VHOST"))
        try write(Host.hostName() + "\n", to: home.appending("HOSTNAME"))
    }
}
