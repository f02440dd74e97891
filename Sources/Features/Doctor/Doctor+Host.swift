import Core
import Engine
import Files
import Glibc
import Probes
import Programs
import Proxying
import Repositories
import Store
import SystemPackage

extension Doctor {
    /// Everything that is looked at on a host.
    static var hostLooks: [Look] { engineLooks + proxyLooks + stateLooks }

    /// What stands between the outside world and apps.
    private static let proxyLooks = [
        Look("nginx") { host in
            try await host.proxy.check()
            let bytes = try readFile(FilePath(host.settings.nginxPidFile))
            guard let pid = bytes.flatMap({ Int32(String(decoding: $0, as: UTF8.self).trimmed) }), isAlive(pid) else {
                return .fail("nginx does not run", cure: "systemctl start nginx", .proxyDown)
            }
            let draining = try host.proxy.drainingWorkers()
            return .pass("runs and accepts its configuration; workers shutting down: \(draining)")
        },
        Look("sites") { host in
            var stale: [String] = []
            for app in try await Apps(on: host).list() {
                guard let site = try await Nginx(on: host).presentSite(of: app) else { continue }
                if try !host.proxy.isServing(site) { stale.append(app.name.text) }
            }
            guard stale.isEmpty else {
                return .warn(
                    "nginx serves \(stale.joined(separator: ", ")) by an older text",
                    cure: "slipway nginx:build-config --all"
                )
            }
            return .pass("nginx serves what the database says")
        },
        Look("workers") { host in
            guard let bytes = try readFile(FilePath(host.settings.nginxConfiguration)) else {
                return .warn("\(host.settings.nginxConfiguration) cannot be read", cure: nil)
            }
            let text = String(decoding: bytes, as: UTF8.self)
            if let limit = directive("worker_shutdown_timeout", in: text) {
                return .warn(
                    "nginx cuts web sockets and long requests of every app \(limit) after any reload",
                    cure: "take worker_shutdown_timeout out of nginx.conf, then slipway nginx:reload"
                )
            }
            return connections(perWorker: workerConnections(text))
        },
        Look("ports") { host in
            let address = host.settings.bindAddress ?? "127.0.0.1"
            var silent: [String] = []
            for number in [host.settings.httpPort, host.settings.httpsPort] {
                let result = try await host.probes.connect(address, try Port(number), .seconds(3))
                if result != .open { silent.append("\(number)") }
            }
            guard silent.isEmpty else {
                return .fail(
                    "nobody answers on port \(silent.joined(separator: ", ")) of \(address)",
                    cure: "slipway doctor --fix",
                    .proxyDown
                )
            }
            return .pass("\(host.settings.httpPort) and \(host.settings.httpsPort) answer")
        },
        Look("ssh") { host in
            let result = try await host.probes.connect("127.0.0.1", try Port(host.settings.sshPort), .seconds(3))
            guard result == .open else {
                return .warn(
                    "no sshd answers on port \(host.settings.sshPort) of 127.0.0.1",
                    cure: "systemctl start ssh"
                )
            }
            return .pass("sshd answers on port \(host.settings.sshPort)")
        },
    ]

    /// What is ours on the disk.
    private static let stateLooks = [
        Look("keys") { host in try await keys(host) },
        Look("database") { host in
            let complaints = try await host.store.read { try DoctorTable.complaints($0) }
            guard complaints.isEmpty else {
                return .fail(
                    "\(complaints.count) complaints of SQLite: \(complaints[0])",
                    cure: "stop everything and take the last copy of \(host.paths.database)",
                    .disk
                )
            }
            return .pass("SQLite finds nothing wrong")
        },
        Look("hooks") { host in
            let texts = GitHooks.texts(binary: Git.binary, root: host.paths.root.string)
            var wrong: [String] = []
            for app in try await Apps(on: host).list() where host.repositories.exists(app.id) {
                let folder = host.repositories.path(of: app.id).appending("hooks")
                let isRight = try texts.allSatisfy { try readFile(folder.appending($0.key)) == Array($0.value.utf8) }
                if !isRight { wrong.append(app.name.text) }
            }
            guard wrong.isEmpty else {
                return .warn("the hooks of \(wrong.joined(separator: ", ")) are not ours", cure: "slipway doctor --fix")
            }
            return .pass("every repository has our hooks")
        },
        Look("plugins") { host in try await plugins(host) },
        Look("git") { host in
            let outcome = try await host.programs.run(Program("/usr/bin/git", ["--version"]))
            return gitFinding(outcome.text)
        },
        Look("disk") { host in
            guard let space = space(at: host.paths.root) else {
                return .warn("\(host.paths.root) cannot be measured", cure: nil)
            }
            return space.finding(host.paths.root.string)
        },
        Look("images") { host in
            let folder = try await host.engine.info().root
            guard let space = space(at: FilePath(folder)) else { return .pass("\(folder) is the engine's own") }
            return space.finding(folder)
        },
        Look("unfinished") { host in
            let dead = try await Operations(on: host).running().filter { !$0.owner.isAlive }
            guard dead.isEmpty else {
                return .warn(
                    "\(dead.count) operations without an owner: \(dead.map(\.summary).joined(separator: ", "))",
                    cure: "slipway tick finishes or undoes them"
                )
            }
            return .pass("no operation was left by its owner")
        },
    ]

    private static func keys(_ host: Host) async throws -> Finding {
        let path = host.paths.authorizedKeys
        let wanted = try await SshKeys(on: host).authorizedKeys()
        guard let present = try readFile(path) else {
            return .fail("\(path) is not there", cure: "slipway doctor --fix")
        }
        guard let mode = try? path.stat().permissions, mode.isDisjoint(with: [.groupWrite, .otherWrite]) else {
            return .fail("others may write \(path), so sshd does not read it", cure: "chmod 600 \(path)")
        }
        guard present == Array(wanted.utf8) else {
            return .fail("\(path) is not what the database says", cure: "slipway doctor --fix")
        }
        let count = wanted.split(separator: "\n").count
        guard count > 0 else { return .warn("nobody may come in by ssh", cure: "slipway ssh-keys:add NAME key.pub") }
        return .pass("\(count) ssh key\(count == 1 ? "" : "s")")
    }

    private static func plugins(_ host: Host) async throws -> Finding {
        // Folders that others may write to are refused here.
        let found = try Hooks(on: host).found()
        let rows = try await Installation(on: host).rows().rows.values.sorted { $0.name < $1.name }
        if let half = rows.first(where: \.isHalf) {
            let failure = Installation.half(half.name)
            return .warn(failure.what, cure: failure.fix, failure.code)
        }
        if let half = rows.first(where: \.isUpdating) {
            return .warn("\(half.name) is half updated", cure: "slipway plugin:update \(half.name)", .pluginFailed)
        }
        return .pass("\(found.count) are there and whole")
    }

    /// The number in nginx's own configuration file; nil where it is left to nginx.
    static func workerConnections(_ text: String) -> Int? {
        directive("worker_connections", in: text).flatMap { Int($0) }
    }

    /// What stands behind the first directive of this name in an nginx configuration.
    static func directive(_ name: String, in text: String) -> String? {
        for line in text.split(separator: "\n") {
            let code = line.prefix { $0 != "#" }
            guard let found = code.firstRange(of: name) else { continue }
            return String(code[found.upperBound...].prefix { $0 != ";" }).trimmed
        }
        return nil
    }

    /// nginx's own default is 512 (ngx_event.c); every proxied request takes two.
    static func connections(perWorker number: Int?) -> Finding {
        let count = number ?? 512
        guard count >= 2048 else {
            return .warn(
                "nginx takes \(count) connections a worker, and every request through it needs two",
                cure: "events { worker_connections 8192; } in nginx.conf, then slipway nginx:reload"
            )
        }
        return .pass("\(count) connections a worker")
    }

    /// `proc-receive`, in which deploys run, came with git 2.29.
    static func gitFinding(_ text: String) -> Finding {
        let words = text.trimmed.split(separator: " ")
        let numbers = (words.count > 2 ? words[2] : "").split(separator: ".").compactMap { Int($0) }
        guard numbers.count >= 2 else {
            return .fail("/usr/bin/git names no version: \(quoted(text.trimmed))", cure: "apt-get install git")
        }
        guard (numbers[0], numbers[1]) >= (2, 29) else {
            return .fail("git \(words[2]) is too old to deploy pushes", cure: "install git 2.29 or later")
        }
        return .pass("git \(words[2])")
    }

    private static func space(at path: FilePath) -> DiskSpace? {
        var facts = statvfs()
        guard statvfs(path.string, &facts) == 0 else { return nil }
        let size = Int64(facts.f_frsize)
        return DiskSpace(
            free: Int64(facts.f_bavail) * size,
            total: Int64(facts.f_blocks) * size,
            freeFiles: Int64(facts.f_favail),
            totalFiles: Int64(facts.f_files)
        )
    }

    private static func isAlive(_ pid: Int32) -> Bool { pid > 1 && (kill(pid, 0) == 0 || errno == EPERM) }
}
