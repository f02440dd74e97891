import Core

/// An immutable copy of what an app was at one moment: image and settings, by a number that is never used again.
struct Release: Sendable, Equatable {
    enum Status: String, Sendable {
        /// Not live yet.
        case pending
        case live
        /// Was live, and another is now.
        case superseded
        case failed
    }

    let app: AppID
    var number: Int
    var status: Status
    /// The engine's id of the image; nil until it is built.
    var image: String?
    var build: String?
    var revision: Revision?
    /// What the source says of itself: Procfile and app.json.
    var facts: SourceFacts
    var settings: Settings
    /// One sentence on how it came about: "deploy 3f2a1c", "config: added A".
    var reason: String
    var caller: String
    /// The release whose image or settings this one repeats.
    var basis: Int?
    var createdAt: Timestamp
    var liveAt: Timestamp?
    var failure: String?
    /// `name@sha256:...` of the image in a registry, where it has one.
    var digest: String?
    /// Its image stays however old it gets.
    var isPinned = false
    /// Why nobody may go back to it; nil when they may.
    var blocked: String?

    /// Whether it served once, which a failed one never did.
    var wasLive: Bool { status == .live || status == .superseded }

    /// As people write it.
    var name: String { "v\(number)" }
}

/// What a source tree says of how it wants to be run.
struct SourceFacts: Sendable, Codable, Equatable {
    var procfile: Procfile = .init()
    var appJSON: AppJSON = .init()
    /// TCP ports the image says it listens on.
    var exposed: [Port] = []
    /// How the source wants nginx to be told; nil leaves it to us.
    var nginxTemplate: NginxTemplate?
}

/// A template for nginx, as it stood in the source.
struct NginxTemplate: Sendable, Codable, Equatable {
    var path: String
    var text: String
}

/// A release number as people type it: `v12` or `12`.
struct ReleaseNumber: Sendable, Equatable {
    let number: Int

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(_ text: String) throws(Failure) {
        let digits = text.hasPrefix("v") ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy(\.isDigit), let number = Int(digits), number > 0 else {
            throw .malformed("\(quoted(text)) is not a release", fix: "write it as v12")
        }
        self.number = number
    }
}
