import Support

/// A way to have an operation of some kind, for the stories that break it.
struct Way: Sendable {
    let name: String
    /// The steps that it passes; nil is all of the kind.
    var steps: Set<String>?
    /// The app is to answer no more.
    var takesAway = false
    /// What must be so before.
    var prepare: @Sendable (Stage, String) async throws -> Void = { _, _ in }
    let act: @Sendable (Stage, String) async throws -> Finished
    /// It goes on past what it cannot do, and lists the reasons in its answer.
    var listsReasons = false
    /// What has to be done again when it was cut off, because nothing else does it.
    var again: (@Sendable (Stage) async throws -> Void)?

    func passes(_ step: String) -> Bool { steps?.contains(step) ?? true }

    /// Every way to a kind; none for a kind that the stories do not know.
    static func all(to kind: String) -> [Way] {
        switch kind {
        case "deploy": [push, config, rollback, scale, restart]
        case "stop": [Way(name: "ps:stop", takesAway: true) { try await $0.sandbox.slipway("ps:stop", $1) }]
        case "start":
            [
                Way(
                    name: "ps:start",
                    prepare: { _ = try await $0.run("ps:stop", $1) },
                    act: { try await $0.sandbox.slipway("ps:start", $1) }
                )
            ]
        case "rename":
            [Way(name: "apps:rename") { try await $0.sandbox.slipway("apps:rename", $1, $0.other(than: $1)) }]
        case "destroy":
            [
                Way(name: "apps:destroy", takesAway: true) {
                    try await $0.sandbox.slipway("apps:destroy", $1, "--force")
                },
                Way(name: "apps:destroy --purge", takesAway: true) {
                    try await $0.sandbox.slipway("apps:destroy", $1, "--force", "--purge")
                },
            ]
        case "restore-app":
            [
                Way(
                    name: "apps:restore",
                    prepare: { _ = try await $0.run("apps:destroy", $1, "--force") },
                    act: { try await $0.sandbox.slipway("apps:restore", $1) }
                )
            ]
        case "repair": [repair]
        case "site": [domains, certificate]
        default: ServiceWays.all(to: kind) + TemplateWays.all(to: kind)
        }
    }

    private static var push: Way { Way(name: "git push") { try await $0.push($1) } }

    private static var config: Way {
        Way(name: "config:set", steps: reused) {
            try await $0.sandbox.slipway("config:set", $1, "N=\(Int.random(in: 1...1_000_000_000))")
        }
    }

    private static var rollback: Way {
        Way(
            name: "releases:rollback",
            steps: reused,
            prepare: { _ = try await $0.run("config:set", $1, "BACK=\(Int.random(in: 1...1_000_000_000))") },
            act: { try await $0.sandbox.slipway("releases:rollback", $1) }
        )
    }

    private static var scale: Way {
        Way(name: "ps:scale", steps: reused) { stage, app in
            let isTwo = try stage.sandbox.quantity(of: "web", app) > 1
            return try await stage.sandbox.slipway("ps:scale", app, "web=\(isTwo ? 1 : 2)")
        }
    }

    private static var restart: Way {
        Way(name: "ps:restart", steps: reused) { try await $0.sandbox.slipway("ps:restart", $1) }
    }

    /// The steps of a deploy that has its image already.
    private static let reused: Set = ["start", "ready", "switch", "live", "names"]

    private static var repair: Way {
        Way(
            name: "repair",
            prepare: { stage, app in
                for container in try await stage.sandbox.containers(of: app) {
                    _ = try await stage.sandbox.engine("DELETE", "/containers/\(container.Id)?force=1")
                }
            },
            act: { stage, _ in try await stage.sandbox.slipway("repair") },
            listsReasons: true,
            // What it cannot mend, as images of releases that were, is no matter here.
            again: { _ = try await $0.sandbox.slipway("repair") }
        )
    }

    private static var domains: Way {
        Way(name: "domains:add") {
            try await $0.sandbox.slipway("domains:add", $1, "n\(Int.random(in: 1...1_000_000_000)).example")
        }
    }

    private static var certificate: Way {
        Way(name: "certs:add") { stage, app in
            let pair = try await Certificate(for: ["\(app).localhost"], commonName: "\(stage.next())")
            return try await stage.sandbox.slipway(["certs:add", app], input: pair.archive)
        }
    }
}
