import Core
import Engine
import Support
import Testing

@testable import Features

/// Random hosts, and what of them is protected: said by the one who makes them, not by the code under test.
struct RandomHost {
    private static let instance = "0badcafe"

    private(set) var holdings = Holdings()
    private(set) var claims = Claims(instance: instance)
    /// Targets that must stay, and targets that must go.
    private(set) var mustStay: Set<String> = []
    private(set) var mustGo: Set<String> = []
    /// Images of apps, and those of them that something needs, whosever they are.
    private var images: [Holdings.Image] = []
    private var needed: Set<String> = []
    private var random: Dice
    /// Releases are told apart by the entry they stand in.
    private let someApp: AppID

    init(seed: UInt64) throws {
        someApp = try AppID("app0000000")
        random = Dice(seed: seed)
        claims.operations = Set((0..<3).map { "\($0)" })
        claims.gone = ["gone000001"]
        for number in 0..<Int.random(in: 0...4, using: &random) { addApp("app000000\(number)") }
        for image in images { judge(image, needed.contains(image.id)) }
        addLost()
        addForeign()
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    private func labels(_ app: String, _ more: [String: String] = [:]) -> [String: String] {
        [Engine.instanceLabel: Self.instance, Engine.appLabel: app].merging(more) { $1 }
    }

    private mutating func addApp(_ id: String) {
        var app = Claims.AppEntry(name: "n\(id)", isArchived: chance(20))
        app.retained = Int.random(in: 1...4, using: &random)
        var releases: [ReleaseOutline] = []
        var images: [String: Holdings.Image] = [:]
        for number in 1...Int.random(in: 1...12, using: &random) {
            let statuses: [Release.Status] = [.superseded, .superseded, .failed, .live]
            let status = statuses[Int.random(in: 0..<4, using: &random)]
            var entry = ReleaseOutline(app: someApp, number: number, status: status)
            // A rollback or a changed setting repeats the image of an older release, and gives it no name.
            if chance(30), let old = releases.randomElement(using: &random)?.image {
                entry.image = old
            } else if chance(15), let other = self.images.randomElement(using: &random)?.id {
                // A clone has the image of another app.
                entry.image = other
            } else if chance(90) {
                let image = "sha256:\(id)-\(number)"
                entry.image = image
                if chance(85) {
                    let tag = "slipway-\(Self.instance)/\(id):v\(number)"
                    images[image] = Holdings.Image(id: image, tags: [tag], labels: labels(id))
                    if chance(10) { images[image]?.tags.append("somebody/copy:\(id)-\(number)") }
                }
            }
            entry.isPinned = chance(10)
            releases.insert(entry, at: 0)
        }
        app.releases = releases
        var protected: Set<String> = []
        if !app.isArchived {
            protect(&app, releases, &protected)
            addDeploy(id, &app, &images, &protected)
        }
        addContainers(id, &app, images, &protected)
        self.images += images.values.sorted { $0.id < $1.id }
        needed.formUnion(protected)
        let volume = "slipway-\(Self.instance)-\(id)-data"
        holdings.volumes.append(.init(name: volume, labels: labels(id)))
        mustStay.insert(volume)
        claims.apps[id] = app
    }

    private mutating func protect(
        _ app: inout Claims.AppEntry,
        _ releases: [ReleaseOutline],
        _ protected: inout Set<String>
    ) {
        var good = 0
        for entry in releases {
            guard let image = entry.image else { continue }
            if entry.isPinned { protected.insert(image) }
            guard entry.status == .live || entry.status == .superseded else { continue }
            good += 1
            if good <= app.retained { protected.insert(image) }
        }
        // Live, starting and draining instances: of any release whatsoever.
        for index in 0..<Int.random(in: 0...3, using: &random) {
            guard let entry = releases.randomElement(using: &random) else { continue }
            app.instances["row-\(app.name)-\(index)"] = entry.number
            if let image = entry.image { protected.insert(image) }
        }
        if let entry = releases.randomElement(using: &random) {
            app.current = entry.number
            if let image = entry.image { protected.insert(image) }
        }
    }

    private mutating func addDeploy(
        _ id: String,
        _ app: inout Claims.AppEntry,
        _ images: inout [String: Holdings.Image],
        _ protected: inout Set<String>
    ) {
        guard chance(30) else { return }
        let number = 100
        let image = "sha256:\(id)-pending"
        let isWritten = chance(50)
        app.releases.insert(
            ReleaseOutline(app: someApp, number: number, status: .pending, image: isWritten ? image : nil),
            at: 0
        )
        images[image] = Holdings.Image(
            id: image,
            tags: ["slipway-\(Self.instance)/\(id):v\(number)"],
            labels: labels(id)
        )
        protected.insert(image)
    }

    private mutating func addContainers(
        _ id: String,
        _ app: inout Claims.AppEntry,
        _ images: [String: Holdings.Image],
        _ protected: inout Set<String>
    ) {
        let pool = images.keys.sorted() + ["sha256:elsewhere"]
        let kinds: [(labels: [String: String], stays: Bool)] =
            app.instances.keys.sorted().map { (["slipway.row": $0], true) } + [
                (["slipway.row": "lost"], false), (["slipway.operation": "1"], true),
                (["slipway.operation": "77"], false), (["slipway.row": "lost", "slipway.operation": "2"], true),
                (OneOff.kind, true), ([:], true), (["slipway.operation": ""], true),
            ]
        for (index, kind) in kinds.enumerated() where chance(40) {
            let image = pool[Int.random(in: 0..<pool.count, using: &random)]
            let name = "\(id)-c\(index)"
            holdings.containers.append(
                .init(id: name, name: name, image: image, labels: labels(id, kind.labels))
            )
            if kind.stays {
                mustStay.insert(name)
                protected.insert(image)
            } else {
                mustGo.insert(name)
            }
        }
    }

    private mutating func judge(_ image: Holdings.Image, _ isProtected: Bool) {
        holdings.images.append(image)
        for tag in image.tags {
            if isProtected || tag.hasPrefix("somebody/") { mustStay.insert(tag) } else { mustGo.insert(tag) }
        }
        mustStay.insert(image.id)
    }

    /// Ours by label, of apps that no row knows or that are gone with all their data.
    private mutating func addLost() {
        for app in ["lost000001", "gone000001"] where chance(60) {
            let tag = "slipway-\(Self.instance)/\(app):v1"
            holdings.images.append(.init(id: "sha256:\(app)", tags: [tag], labels: labels(app)))
            mustGo.insert(tag)
            let volume = "slipway-\(Self.instance)-\(app)-data"
            holdings.volumes.append(.init(name: volume, labels: labels(app)))
            if app == "gone000001" { mustGo.insert(volume) } else { mustStay.insert(volume) }
        }
    }

    /// Of another instance, of nobody, or made by somebody from an image of ours.
    private mutating func addForeign() {
        let others = [[:], [Engine.instanceLabel: "ffffffff", Engine.appLabel: "app0000000", "slipway.row": "lost"]]
        for (index, labels) in others.enumerated() {
            let tag = "slipway-\(Self.instance)/app0000000:v\(900 + index)"
            holdings.images.append(.init(id: "theirs\(index)", tags: [tag], labels: labels))
            holdings.containers.append(.init(id: "theirs-c\(index)", name: "x", image: "y", labels: labels))
            holdings.volumes.append(.init(name: "slipway-\(Self.instance)-gone000001-x\(index)", labels: labels))
            mustStay.formUnion([
                tag, "theirs-c\(index)", "slipway-\(Self.instance)-gone000001-x\(index)",
            ])
        }
        let inherited = labels("app0000000")
        holdings.images.append(.init(id: "built-on-ours", tags: ["mine:latest"], labels: inherited))
        holdings.images.append(.init(id: "unnamed-on-ours", tags: [], labels: inherited))
        mustStay.formUnion(["built-on-ours", "unnamed-on-ours", "mine:latest"])
    }
}

@Suite struct `a thousand random hosts` {
    @Test func `lose nothing that is protected or foreign, and all the rest`() throws {
        var removals = 0
        for seed in 0..<1000 {
            let state = try RandomHost(seed: UInt64(seed))
            let plan = CleaningPlan(state.holdings, state.claims)
            let targets = plan.removals.map(\.target)
            removals += targets.count
            #expect(Set(targets).isDisjoint(with: state.mustStay), "seed \(seed)")
            #expect(state.mustGo.subtracting(targets).isEmpty, "seed \(seed)")
            #expect(Set(targets).count == targets.count, "seed \(seed)")
            #expect(Set(targets).subtracting(state.mustGo).isEmpty, "seed \(seed)")
        }
        // States that have nothing to remove would prove nothing.
        #expect(removals > 3000)
    }
}
