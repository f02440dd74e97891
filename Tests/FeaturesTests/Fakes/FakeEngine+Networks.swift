import FoundationEssentials
import Support

extension FakeEngine {
    struct Network: Sendable {
        var labels: [String: String]
        /// Names by id.
        var containers: [String: String] = [:]
        var subnets: [String] = []
    }

    private struct Wanted: Decodable {
        var name: String?
        var labels: [String: String]?
        var container: String?
        var addresses: Addresses?

        struct Addresses: Decodable {
            var Config: [Part]?
        }

        struct Part: Decodable {
            var Subnet: String?
        }

        private enum CodingKeys: String, CodingKey {
            case name = "Name"
            case labels = "Labels"
            case container = "Container"
            case addresses = "IPAM"
        }
    }

    /// One with containers in it is not removed, as the engine has it.
    static func network(_ asked: StubHTTPServer.Asked, _ path: [String], _ state: inout State) -> StubHTTPServer.Reply {
        let body = try? JSONDecoder().decode(Wanted.self, from: Data(asked.body.utf8))
        let name = path.first ?? ""
        switch (asked.method, path.last ?? "") {
        case ("POST", "create"):
            state.networks[body?.name ?? ""] = Network(
                labels: body?.labels ?? [:],
                subnets: body?.addresses?.Config?.compactMap(\.Subnet) ?? []
            )
            return .json(#"{"Id":"n-\#(body?.name ?? "")"}"#, status: 201)
        case ("GET", ""):
            let all = state.networks.sorted { $0.key < $1.key }.map { answer($0.key, $0.value) }
            return .json("[\(all.joined(separator: ","))]")
        case _ where state.networks[name] == nil:
            return .json(#"{"message":"network \#(name) not found"}"#, status: 404)
        case ("POST", "connect"):
            state.networks[name]?.containers[body?.container ?? ""] = body?.container
            return StubHTTPServer.Reply()
        case ("POST", "disconnect"):
            state.networks[name]?.containers[body?.container ?? ""] = nil
            return StubHTTPServer.Reply()
        case ("DELETE", _):
            guard state.networks[name]?.containers.isEmpty == true else {
                return .json(#"{"message":"has active endpoints"}"#, status: 403)
            }
            state.networks[name] = nil
            return StubHTTPServer.Reply(status: 204)
        default: return .json(answer(name, state.networks[name] ?? Network(labels: [:])))
        }
    }

    private static func answer(_ name: String, _ network: Network) -> String {
        let labels = (try? JSONEncoder().encode(network.labels)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
        let subnets = network.subnets.map { #"{"Subnet":"\#($0)"}"# }.joined(separator: ",")
        let inside = network.containers.map { #""\#($0.key)":{"Name":"\#($0.value)"}"# }.joined(separator: ",")
        return
            #"{"Id":"n-\#(name)","Name":"\#(name)","Driver":"bridge","Scope":"local","Created":"2024-01-01T00:00:00Z","#
            + #""Internal":false,"EnableIPv6":false,"Labels":\#(labels),"Options":{},"IPAM":{"Config":[\#(subnets)]},"#
            + #""Containers":{\#(inside)}}"#
    }
}
