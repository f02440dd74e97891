import Core
import Engine

extension DockerLocal {
    package func join(_ handle: String, _ networks: [WorkloadNetwork]) async throws {
        for network in networks {
            if let labels = network.labels { try await make(network.name, labels) }
            for (alias, guest) in network.guests.sorted(by: { $0.key < $1.key }) {
                try await connect(guest, to: network.name, aliases: [alias])
            }
            try await connect(handle, to: network.name, aliases: network.aliases)
        }
    }

    /// Somebody else may make it at the same moment; then it is there.
    private func make(_ name: String, _ labels: [String: String]) async throws {
        guard try await engine.network(name) == nil else { return }
        var spec = NetworkSpec(name: name)
        spec.labels = labels
        spec.isAttachable = true
        do {
            _ = try await engine.createNetwork(spec)
        } catch EngineError.refused(409, _, _) {}
    }

    private func connect(_ container: String, to network: String, aliases: [String]) async throws {
        do {
            try await engine.connect(network: network, container: container, aliases: aliases)
        } catch EngineError.refused(403, let message, _) where message.contains("already exists") {
            // It is in there.
        } catch EngineError.refused(404, let message, _) {
            let isNetwork = message.lowercased().contains("network")
            throw Failure(
                .notFound,
                isNetwork ? "Network \(network) does not exist" : "container \(quoted(container)) does not exist",
                why: cleaned(message, keepTabs: false),
                fix: isNetwork ? "slipway network:create \(network)" : "start it, or take its --link away"
            )
        }
    }
}
