import Core
import Engine
import Files
import Proxying
import Scheduling
import Store
import SystemPackage

/// A part of the host that can be compared by itself.
struct HostPart: Sendable {
    var kind: Difference.Kind
    var look: @Sendable () async throws -> [Difference]
    var mend: @Sendable (Difference) async throws -> Void

    init(
        _ kind: Difference.Kind,
        look: @escaping @Sendable () async throws -> [Difference],
        mend: @escaping @Sendable (Difference) async throws -> Void = { _ in }
    ) {
        self.kind = kind
        self.look = look
        self.mend = mend
    }
}

extension Repair {
    /// What belongs to no app, in an order in which each part finds what it needs.
    func hostParts(_ holdings: EngineHoldings?) -> [HostPart] {
        let ofEngine = holdings.map { [network($0), strays($0), tags($0)] } ?? []
        return ofEngine + [services, keys, proxy, units]
    }

    /// Looks at a part and mends what it finds; a part that cannot be seen is a difference of its own.
    func close(_ part: HostPart, _ isDry: Bool) async -> [Repaired] {
        let found: [Difference]
        do { found = try await part.look() } catch { return [.untried(Difference(part.kind, unseen: error))] }
        var result: [Repaired] = []
        for difference in found {
            guard case .mend = difference.cure, !isDry else {
                result.append(.untried(difference))
                continue
            }
            do {
                try await part.mend(difference)
                result.append(Repaired(difference: difference, outcome: .done))
            } catch {
                result.append(Repaired(difference: difference, outcome: .failed(Failure(error).sentence)))
            }
        }
        return result
    }

    // MARK: The engine

    private func network(_ holdings: EngineHoldings) -> HostPart {
        let (settings, desk) = (host.settings, desk)
        return HostPart(.network) {
            let name = settings.network
            guard let present = holdings.network else {
                return [Difference(nil, .network, "the network \(name) is gone", .mend("make it"))]
            }
            guard let subnet = Subnet(settings.subnet) else {
                return [Difference(nil, .network, "\(quoted(settings.subnet)) is no network", .ask("slipway setup"))]
            }
            let isOurs = present.labels[Engine.instanceLabel] == settings.instance
            let isRight = present.subnets == [subnet.text] && present.ranges == [subnet.floatingRange]
            if isOurs, isRight { return [] }
            let fact =
                isOurs
                ? "the network \(name) has \((present.subnets + present.ranges).joined(separator: ", ")), not "
                    + "\(subnet.text), \(subnet.floatingRange)"
                : "the network \(name) was made by somebody else"
            return [Difference(nil, .network, fact, .ask("docker network rm \(name), then slipway repair"))]
        } mend: { _ in
            try await desk.makeNetwork()
        }
    }

    /// Containers of ours whose app is gone.
    private func strays(_ holdings: EngineHoldings) -> HostPart {
        let host = host
        return HostPart(.stray) {
            let survey = try await Survey.read(host)
            let apps = Set(survey.apps.map(\.id.text))
            return holdings.containers.filter { container in
                guard let app = container.labels[Engine.appLabel], !apps.contains(app) else { return false }
                return InstancePlan.isAbandoned(container, survey.operationIDs)
            }.map {
                Difference(
                    nil,
                    .stray,
                    "container \($0.name) is of an app that is gone",
                    .mend("remove it"),
                    target: $0.handle
                )
            }
        } mend: {
            try await host.scheduler.remove($0.target)
        }
    }

    /// Services, each as its row says.
    private var services: HostPart {
        let care = ServiceCare(on: host)
        return HostPart(.service) {
            try await care.differences()
        } mend: {
            try await care.mend($0)
        }
    }

    /// Our names of images that stand for no release.
    private func tags(_ holdings: EngineHoldings) -> HostPart {
        let (host, desk) = (host, desk)
        return HostPart(.tag) {
            let survey = try await Survey.read(host)
            return holdings.images.flatMap { image in
                image.tags.filter { Self.standsForNothing($0, image.id, survey, host.settings.instance) }
            }.sorted().map {
                Difference(nil, .tag, "the image name \($0) is of no release", .mend("take it away"), target: $0)
            }
        } mend: {
            try await desk.untag($0.target)
        }
    }

    /// `slipway-<instance>/<app id>:v<N>` of an app or a release that is not there.
    ///
    /// A name is left alone while a release that was live has the image, whatever the name says.
    static func standsForNothing(_ tag: String, _ image: String, _ survey: Survey, _ instance: String) -> Bool {
        let prefix = "slipway-\(instance)/"
        guard tag.hasPrefix(prefix) else { return false }
        let parts = tag.dropFirst(prefix.count).split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let id = try? AppID(String(parts[0])), parts[1].hasPrefix("v"),
            let number = Int(parts[1].dropFirst())
        else { return false }
        // A clone has the image of another app under no name of its own.
        let releases = survey.apps.flatMap { survey.releases[$0.id] ?? [] }
        if releases.contains(where: { $0.image == image && $0.status != .failed }) { return false }
        guard let app = survey.apps.first(where: { $0.id == id }) else {
            return !survey.operations.contains { $0.app == id }
        }
        return !survey.isBetweenSteps(app)
            && !releases.contains { $0.app == id && $0.number == number && $0.status != .failed }
    }

    // MARK: The rest of the host

    private var keys: HostPart {
        let host = host
        return HostPart(.keys) {
            let path = host.paths.authorizedKeys
            let wanted = Array(try await SshKeys(on: host).authorizedKeys().utf8)
            var fact: String?
            if let present = try readFile(path) {
                let mode = try? path.stat().permissions
                if present != wanted {
                    fact = "is not what the rows of keys say"
                } else if mode?.isDisjoint(with: [.groupWrite, .otherWrite]) != true {
                    fact = "may be written by others, so sshd does not read it"
                }
            } else if !wanted.isEmpty {
                fact = "is gone"
            }
            return fact.map { [Difference(nil, .keys, "\(path) \($0)", .mend("write it"))] } ?? []
        } mend: { _ in
            try await SshKeys(on: host).publish()
        }
    }

    private enum ProxyFault { static let install = "install", load = "load", site = "site:" }

    private var proxy: HostPart {
        let host = host
        return HostPart(.proxy) {
            // The files are listed before the rows are read, so that an app that is made just now has both or none.
            let audit = try await host.proxy.audit()
            let known = Set(try await Apps(on: host).list().map(\.id.text))
            guard audit.isRunning else {
                return [
                    Difference(nil, .proxy, "nginx does not run", .ask("systemctl start nginx, then slipway repair"))
                ]
            }
            var found: [Difference] = []
            if !audit.isInstalled {
                let fact = "what all sites of nginx stand on is not what setup writes"
                found.append(Difference(nil, .proxy, fact, .mend("write it"), target: ProxyFault.install))
            } else if !audit.isLoaded {
                let fact = "nginx serves something else than what lies on the disk"
                found.append(Difference(nil, .proxy, fact, .mend("have it read all again"), target: ProxyFault.load))
            }
            return found
                + audit.sites.filter { !known.contains($0) && (try? AppID($0)) != nil }.map {
                    Difference(
                        nil,
                        .proxy,
                        "nginx has a site of an app that is gone: \($0)",
                        .mend("withdraw it"),
                        target: ProxyFault.site + $0
                    )
                }
        } mend: { difference in
            switch difference.target {
            case ProxyFault.install: try await host.proxy.install()
            case ProxyFault.load: try await host.proxy.reload()
            default: try await host.proxy.withdraw([String(difference.target.dropFirst(ProxyFault.site.count))])
            }
        }
    }

    /// Files that only root may write: said, and left.
    private var units: HostPart {
        let host = host
        return HostPart(.unit) {
            guard !host.settings.isSandbox else { return [] }
            let files = MachineFiles(
                root: host.paths.root,
                binary: FilePath(Git.binary),
                nginx: Host.layout(host.settings, host.paths)
            )
            let wanted = Machine(output: host.output).hasSystemd ? files.units : [files.cron]
            return try wanted.filter { try readFile($0.path) != Array($0.text.utf8) }.map {
                Difference(nil, .unit, "\($0.path) is not as setup writes it", .note("sudo slipway setup writes it"))
            }
        }
    }
}
