import Engine

/// What may be removed from the engine, and why the rest of what is ours stays.
///
/// Made from what lies there and what the rows say, and from nothing else. What has not our label is not in it at all.
struct CleaningPlan: Sendable, Equatable {
    enum Kind: String, Sendable, Codable { case container, image, volume }

    struct Removal: Sendable, Equatable {
        var kind: Kind
        /// What the engine is told: an id, or one of the names of an image.
        var target: String
        /// The id of the image, where it is one.
        var image: String?
        /// The id of the app it says it belongs to.
        var app: String?
        /// As people know it.
        var name: String
        var reason: String
    }

    struct Kept: Sendable, Equatable {
        var kind: Kind
        var id: String
        var reason: String
    }

    private(set) var removals: [Removal] = []
    private(set) var kept: [Kept] = []

    init(_ holdings: Holdings, _ claims: Claims) {
        let label = (Engine.instanceLabel, claims.instance)
        let containers = holdings.containers.filter { $0.labels[label.0] == label.1 }
        var reasons = claims.references()
        for container in containers {
            guard let reason = Self.reason(toKeep: container, claims) else {
                removals.append(Self.removal(container))
                continue
            }
            kept.append(Kept(kind: .container, id: container.id, reason: reason))
            reasons[container.image] = "\(container.name) was made from it"
        }
        for image in holdings.images where image.labels[label.0] == label.1 { take(image, reasons, claims) }
        for volume in holdings.volumes where volume.labels[label.0] == label.1 { take(volume, claims) }
    }

    /// An instance has a row, and what a deploy runs beside it an operation.
    ///
    /// One-off programs are ended by whoever attends them. A container that a person has made from an image of ours has
    /// our label too, since containers inherit the labels of their image, but neither row nor operation.
    private static func reason(toKeep container: Holdings.Container, _ claims: Claims) -> String? {
        let labels = container.labels
        if OneOff.isOne(labels) { return "a program that somebody runs" }
        if labels[ServiceServer.label] != nil { return "of a service, which looks after its own" }
        let row = labels[Instance.label].flatMap { $0.isEmpty ? nil : $0 }
        let operation = labels[Operation.label].flatMap { $0.isEmpty ? nil : $0 }
        if let row, let app = claims.apps.values.first(where: { $0.instances[row] != nil }) {
            return "an instance of \(app.name)"
        }
        if let operation, claims.operations.contains(operation) { return "an operation works with it" }
        return row == nil && operation == nil ? "made by somebody else from an image of ours" : nil
    }

    /// Whether a container with these labels was made here, and not by hand from an image that had some of them.
    static func isMadeHere(_ labels: [String: String]) -> Bool {
        let marks = [labels[Instance.label], labels[Operation.label]].compactMap(\.self)
        return marks.contains { !$0.isEmpty } || OneOff.isOne(labels)
    }

    private static func removal(_ container: Holdings.Container) -> Removal {
        Removal(
            kind: .container,
            target: container.id,
            app: container.labels[Engine.appLabel],
            name: container.name,
            reason: "no instance and no operation has it"
        )
    }

    /// Only our own names of an image are taken away; the engine drops it with its last one.
    private mutating func take(_ image: Holdings.Image, _ reasons: [String: String], _ claims: Claims) {
        if let reason = reasons[image.id] { return keep(image, reason) }
        let owned = image.tags.compactMap { tag in claims.owner(ofTag: tag).map { (tag: tag, owner: $0) } }
        for (_, owner) in owned {
            guard let app = claims.apps[owner.app], !app.isArchived else { continue }
            if app.isBusy { return keep(image, "\(app.name) may be changed just now") }
            let isPending = app.releases.contains { $0.number == owner.release && $0.status == .pending }
            if isPending { return keep(image, "\(app.name) is being deployed") }
        }
        if owned.isEmpty {
            guard image.tags.isEmpty else { return keep(image, "its names are somebody else's") }
            guard claims.knows(image.id) else { return keep(image, "no row says that it was made here") }
            let owner = image.labels[Engine.appLabel].flatMap { claims.apps[$0] }
            if let owner, owner.isBusy, !owner.isArchived {
                return keep(image, "\(owner.name) may be changed just now")
            }
            return remove(
                image,
                image.id,
                app: image.labels[Engine.appLabel],
                name: String(image.id.prefix(19)),
                claims
            )
        }
        for (tag, owner) in owned {
            let app = claims.apps[owner.app]?.name ?? owner.app
            let name = owner.release.map { "\(app) v\($0)" } ?? tag
            remove(image, tag, app: owner.app, name: name, claims)
        }
    }

    private mutating func remove(
        _ image: Holdings.Image,
        _ target: String,
        app: String?,
        name: String,
        _ claims: Claims
    ) {
        let isKnown = app.map { claims.apps[$0].map { !$0.isArchived } ?? false } ?? false
        let reason = isKnown ? "no release needs it to go back to" : "its app was destroyed"
        removals.append(
            Removal(kind: .image, target: target, image: image.id, app: app, name: name, reason: reason)
        )
    }

    private mutating func keep(_ image: Holdings.Image, _ reason: String) {
        kept.append(Kept(kind: .image, id: image.id, reason: reason))
    }

    /// Data goes only when a row says that its app was destroyed with all of it.
    private mutating func take(_ volume: Holdings.Volume, _ claims: Claims) {
        let owner = volume.labels[Engine.appLabel] ?? ""
        let isOurs = volume.name.hasPrefix("slipway-\(claims.instance)-")
        if let app = claims.apps[owner] {
            let reason = app.isArchived ? "data of \(app.name), which is archived" : "data of \(app.name)"
            kept.append(Kept(kind: .volume, id: volume.name, reason: reason))
        } else if isOurs, claims.gone.contains(owner) {
            let reason = "its app was destroyed with all data"
            removals.append(
                Removal(kind: .volume, target: volume.name, app: owner, name: volume.name, reason: reason)
            )
        } else {
            kept.append(Kept(kind: .volume, id: volume.name, reason: "no row says that its data may go"))
        }
    }
}
