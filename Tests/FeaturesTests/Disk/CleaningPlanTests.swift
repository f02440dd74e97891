import Core
import Engine
import Testing

@testable import Features

/// What the collector makes of single cases; random ones are in CleaningPlanStates.
@Suite struct `what may go` {
    static let instance = "0badcafe"

    var holdings = Holdings()
    var claims = Claims(instance: instance)

    /// Releases are told apart by the entry they stand in.
    private let someApp: AppID

    init() throws {
        someApp = try AppID("app0000001")
        claims.apps["app0000001"] = Claims.AppEntry(name: "shop", current: 7, retained: 2, releases: [])
    }

    private func labels(_ app: String = "app0000001", _ more: [String: String] = [:]) -> [String: String] {
        [Engine.instanceLabel: Self.instance, Engine.appLabel: app].merging(more) { $1 }
    }

    private func tag(_ number: Int, _ app: String = "app0000001") -> String {
        "slipway-\(Self.instance)/\(app):v\(number)"
    }

    private mutating func release(_ number: Int, _ status: Release.Status, _ image: String?, pinned: Bool = false) {
        let entry = ReleaseOutline(app: someApp, number: number, status: status, image: image, isPinned: pinned)
        claims.apps["app0000001"]?.releases.insert(entry, at: 0)
        guard let image else { return }
        if let index = holdings.images.firstIndex(where: { $0.id == image }) {
            holdings.images[index].tags.append(tag(number))
        } else {
            holdings.images.append(.init(id: image, tags: [tag(number)], labels: labels()))
        }
    }

    private var gone: [String] { CleaningPlan(holdings, claims).removals.map(\.target).sorted() }

    @Test mutating func `keeps the last good releases, counted by release and held by id`() {
        for (number, image) in [(1, "a"), (2, "b"), (3, "c"), (6, "a"), (7, "d")] {
            release(number, number == 7 ? .live : .superseded, image)
        }
        release(4, .failed, nil)
        // v6 is v1 again: both names of its image stay.
        #expect(gone == [tag(2), tag(3)])
    }

    @Test mutating func `a failed release keeps no image`() {
        release(7, .live, "d")
        release(8, .failed, "e")
        #expect(gone == [tag(8)])
    }

    @Test mutating func `what is pinned, runs, drains or is being deployed stays`() {
        for (number, image) in [(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "e"), (7, "f")] {
            release(number, number == 7 ? .live : .superseded, image, pinned: number == 1)
        }
        claims.apps["app0000001"]?.instances = ["i1": 2, "i2": 7]
        holdings.containers = [.init(id: "c1", name: "by.hand", image: "c", labels: labels())]
        release(8, .pending, nil)
        holdings.images.append(.init(id: "new", tags: [tag(8)], labels: labels()))
        // v5 and v7 are the last two.
        #expect(gone == [tag(4)])
    }

    @Test mutating func `only our own names are taken away`() {
        release(1, .superseded, "a")
        release(2, .live, "b")
        release(3, .superseded, "c")
        holdings.images[0].tags.append("somebody/backup:1")
        holdings.images.append(.init(id: "theirs", tags: ["built/on:ours"], labels: labels()))
        holdings.images.append(.init(id: "unnamed", tags: [], labels: labels()))
        holdings.images.append(.init(id: "foreign", tags: [tag(9)], labels: [:]))
        #expect(gone == [tag(1)])
    }

    @Test mutating func `an unnamed image goes when a build's row names it`() {
        holdings.images = [.init(id: "between", tags: [], labels: labels())]
        #expect(gone.isEmpty)
        claims.apps["app0000001"]?.built = ["between"]
        #expect(gone == ["between"])
    }

    @Test mutating func `an app that somebody else may be changing keeps all its images`() {
        release(1, .failed, "a")
        holdings.images.append(.init(id: "between", tags: [], labels: labels()))
        claims.apps["app0000001"]?.built = ["between"]
        claims.apps["app0000001"]?.isBusy = true
        holdings.images.append(.init(id: "old", tags: [tag(1, "app0000009")], labels: labels("app0000009")))
        #expect(gone == [tag(1, "app0000009")])
    }

    @Test mutating func `an image stays while a release of any app needs it, whatever name it has`() {
        for number in 1...9 { release(number, .superseded, "i\(number)") }
        var copy = Claims.AppEntry(name: "copy", retained: 1)
        copy.releases = [
            .init(app: someApp, number: 2, status: .live, image: "i2"),
            .init(app: someApp, number: 1, status: .superseded, image: "i1", isPinned: true),
        ]
        claims.apps["app0000002"] = copy
        #expect(gone == (3...6).map { tag($0) })
        // The app that built them is destroyed.
        claims.apps["app0000001"]?.isArchived = true
        #expect(gone == (3...9).map { tag($0) })
        claims.apps["app0000001"] = nil
        #expect(gone == (3...9).map { tag($0) })
        claims.apps["app0000002"]?.releases[1].isPinned = false
        #expect(gone == [tag(1)] + (3...9).map { tag($0) })
    }

    @Test mutating func `a container goes when neither a row nor a running operation has it`() {
        claims.apps["app0000001"]?.instances = ["i1": 7]
        claims.operations = ["12"]
        holdings.containers = [
            .init(id: "live", name: "shop.web.1", image: "a", labels: labels("app0000001", ["slipway.row": "i1"])),
            .init(id: "lost", name: "shop.web.2", image: "a", labels: labels("app0000001", ["slipway.row": "i9"])),
            .init(
                id: "now",
                name: "shop.release",
                image: "a",
                labels: labels("app0000001", ["slipway.operation": "12"])
            ),
            .init(
                id: "then",
                name: "shop.release",
                image: "a",
                labels: labels("app0000001", ["slipway.operation": "11"])
            ),
            .init(id: "run", name: "shop.run.1", image: "a", labels: labels("app0000001", OneOff.kind)),
            .init(id: "hand", name: "curious", image: "a", labels: labels("app0000001", ["slipway.operation": ""])),
            .init(id: "other", name: "x", image: "a", labels: [Engine.instanceLabel: "ffffffff", "slipway.row": "i9"]),
        ]
        #expect(gone == ["lost", "then"])
    }

    @Test mutating func `data goes only when a row says so`() {
        claims.apps["app0000002"] = Claims.AppEntry(name: "old", isArchived: true)
        claims.gone = ["app0000003"]
        holdings.volumes = (1...4).map { number in
            .init(name: "slipway-\(Self.instance)-app000000\(number)-data", labels: labels("app000000\(number)"))
        }
        holdings.volumes.append(.init(name: "theirs", labels: labels("app0000003")))
        #expect(gone == ["slipway-\(Self.instance)-app0000003-data"])
    }
}
