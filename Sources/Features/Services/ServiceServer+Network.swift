import Core
import Engine

/// The network of a service, in which its apps find it.
extension ServiceServer {
    static func network(of id: AppID, _ settings: HostSettings) -> String { "\(settings.network)-\(id)" }

    var network: String { Self.network(of: service.id, host.settings) }

    var networkLabels: [String: String] { [Self.label: service.id.text] }

    /// Makes the network where it is missing.
    ///
    /// - Returns: False when it was there.
    /// - Throws: ``Failure`` with code ``FailureCode/notAllowed`` when somebody else has one of that name.
    func makeNetwork() async throws -> Bool {
        if let present = try await host.engine.network(network) {
            guard present.labels[Self.label] == service.id.text,
                present.labels[Engine.instanceLabel] == host.settings.instance
            else {
                throw Failure(.notAllowed, "the network \(network) is not ours", fix: "docker network rm \(network)")
            }
            return false
        }
        // The engine's own pool has some thirty networks; ours are small, so that a host may have many services.
        for attempt in 1... {
            var spec = NetworkSpec(name: network)
            spec.labels = networkLabels
            let taken = try await host.engine.allSubnets().compactMap { Subnet($0) } + Routes.all()
            spec.subnet = Subnet.chooseSmall(avoiding: taken)?.text
            do {
                _ = try await host.engine.createNetwork(spec)
                return true
            } catch EngineError.refused(let status, _, _) where [400, 403].contains(status) && attempt < 5 {
                // Somebody took the same addresses at the same moment.
            }
        }
        return true
    }

    func removeNetwork() async throws {
        guard let found = try await host.engine.network(network), found.labels[Self.label] == service.id.text,
            found.labels[Engine.instanceLabel] == host.settings.instance
        else { return }
        for container in found.containers.keys {
            try? await host.engine.disconnect(network: network, container: container, force: true)
        }
        try await host.engine.removeNetwork(network)
    }
}
