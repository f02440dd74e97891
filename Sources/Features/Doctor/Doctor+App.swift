import Core
import Engine
import Probes
import Proxying
import Scheduling

extension Doctor {
    /// Everything that is looked at for one app.
    static func looks(at app: App) -> [Look] {
        [
            Look("release") { host in try await release(of: app, host) },
            Look("image") { host in try await image(of: app, host) },
            Look("processes") { host in try await processes(of: app, host) },
            Look("port") { host in try await port(of: app, host) },
            Look("site") { host in try await site(of: app, host) },
            Look("storage") { host in
                let storage = Storage(on: host)
                let mounts = try await storage.mounts(of: app)
                guard let gone = mounts.first(where: storage.isMissing) else { return .pass("\(mounts.count) mounts") }
                return .fail(
                    "\(gone.source) is not there, and the next deploy mounts it",
                    cure: "make the folder, or: slipway storage:unmount \(app.name) \(gone.target)",
                    .startFailed
                )
            },
            Look("lock") { _ in
                guard let reason = app.lock else { return .pass("deploys are accepted") }
                return .warn("deploys are refused: \(reason)", cure: "slipway apps:unlock \(app.name)", .locked)
            },
        ]
    }

    private static func release(of app: App, _ host: Host) async throws -> Finding {
        let all = try await Releases(on: host).all(of: app)
        guard let current = all.first(where: { $0.number == app.current }) else {
            return .warn("nothing has been deployed", cure: "git push slipway main", .notDeployed)
        }
        if let newest = all.first, newest.status == .failed {
            return .warn(
                "\(newest.name) failed, \(current.name) serves",
                cure: "slipway logs:failed \(app.name) shows why"
            )
        }
        if try await Releases(on: host).draft(of: app) != current.settings {
            return .warn("settings have changed since \(current.name)", cure: "slipway ps:restart \(app.name)")
        }
        return .pass("\(current.name), \(current.reason), by \(current.caller)")
    }

    private static func image(of app: App, _ host: Host) async throws -> Finding {
        guard let release = try await Releases(on: host).current(of: app), let image = release.image else {
            return .pass("none yet")
        }
        guard let facts = try await host.engine.image(image) else {
            return .fail(
                "the image of \(release.name) is gone from the engine",
                cure: "slipway ps:rebuild \(app.name)",
                .startFailed
            )
        }
        return .pass("\(byteWords(facts.size)), \(facts.id.dropFirst(7).prefix(12))")
    }

    private static func processes(of app: App, _ host: Host) async throws -> Finding {
        guard app.current != nil else { return .pass("none yet") }
        if app.isStopped { return .warn("\(app.name) is stopped", cure: "slipway ps:start \(app.name)") }
        let live = try await Ps(on: host).live(of: app)
        var down: [String] = []
        var restarts = 0
        for instance in live {
            guard let handle = instance.handle, let state = try await host.scheduler.inspect(handle) else {
                down.append("\(instance.name) is missing")
                continue
            }
            restarts += state.restarts
            if case .exited(_, outOfMemory: true) = state.phase {
                down.append("\(instance.name) ran out of memory")
            } else if !state.isRunning {
                down.append("\(instance.name) does not run")
            }
        }
        guard down.isEmpty else {
            return .fail(down.joined(separator: ", "), cure: "slipway ps:start \(app.name)", .exited)
        }
        guard restarts < 3 else {
            return .warn("restarted \(restarts) times by the engine", cure: "slipway logs \(app.name)", .exited)
        }
        return .pass("\(live.count) run")
    }

    private static func port(of app: App, _ host: Host) async throws -> Finding {
        guard let release = try await Releases(on: host).current(of: app), !app.isStopped else {
            return .pass("nothing serves")
        }
        let port = Ports.webPort(release.settings, release.facts)
        let web = try await Ps(on: host).live(of: app).filter { $0.type == .web }
        for instance in web where try await host.probes.connect(instance.address, port, .seconds(3)) != .open {
            return .fail(
                "\(instance.name) does not answer on port \(port)",
                cure: "slipway logs \(app.name)",
                .nothingListens
            )
        }
        return .pass(web.isEmpty ? "no web process" : "every web process answers on \(port)")
    }

    private static func site(of app: App, _ host: Host) async throws -> Finding {
        guard try await AppProxy(on: host).isEnabled(app) else {
            return .warn("not behind the proxy", cure: "slipway proxy:enable \(app.name)")
        }
        let type = try await AppProxy(on: host).type(of: app)
        guard type == AppProxy.type.fallback else { return .pass("\(type) routes its requests, and nginx none") }
        guard let site = try await Nginx(on: host).presentSite(of: app) else { return .pass("none yet") }
        guard try host.proxy.isServing(site) else {
            return .warn("nginx has an older text", cure: "slipway nginx:build-config \(app.name)")
        }
        guard !site.names.isEmpty else {
            return .warn("it answers under no name", cure: "slipway domains:add \(app.name) NAME")
        }
        return .pass(try await Urls(on: host).all(of: app).joined(separator: " "))
    }
}
