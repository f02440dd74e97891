import Glibc
import SlipwayHooks

/// One message on its way to one address.
///
/// It lies in a file of its own until it has arrived, so that neither a hook that ends nor a machine that does loses it.
struct Delivery {
    var id: String
    var event: String
    var target: Target
    var body: String
    /// How often it was tried.
    var tries = 0
    /// When it is due, in seconds since 1970.
    var due: Int

    /// Seconds to wait after each try; after the last one it is given up.
    static let pauses = [10, 30, 120, 600, 1800, 3600, 10800, 21600]

    init(_ event: String, _ app: App, _ facts: [String: JSON], to target: Target) {
        let now = time(nil)
        id = "\(now)-\(randomHex(8))"
        self.event = event
        self.target = target
        due = now
        var fields: [String: JSON] = [
            "id": .string(id), "event": .string(event), "app": .string(app.name), "by": .string(hook.caller),
            "at": .number(Double(now)),
        ]
        fields.merge(facts) { _, fact in fact }
        body = JSON.object(fields).description
    }

    init?(read name: String) throws {
        guard let text = try hook.data.read("queue/\(name)"), let json = try? JSON(parsing: text),
            let event = json["event"]?.text, let url = json["url"]?.text, let secret = json["secret"]?.text,
            let body = json["body"]?.text
        else { return nil }
        id = name
        self.event = event
        target = Target(url: url, secret: secret)
        self.body = body
        tries = json["tries"]?.int ?? 0
        due = json["due"]?.int ?? 0
    }

    func save() throws {
        let json: JSON = [
            "event": .string(event), "url": .string(target.url), "secret": .string(target.secret),
            "body": .string(body), "tries": .number(Double(tries)), "due": .number(Double(due)),
        ]
        try hook.data.write("queue/\(id)", json.description)
    }

    /// Tries once; what goes wrong with one target is a failed try, and keeps nothing from the others.
    func post() -> Reply {
        let signature = SHA256.hex(SHA256.sign(Array(body.utf8), key: Array(target.secret.utf8)))
        let headers = [
            ("X-Slipway-Event", event), ("X-Slipway-Delivery", id), ("X-Slipway-Signature", "sha256=\(signature)"),
        ]
        do { return try hook.post(target.url, body, headers: headers, keepsBody: false) } catch {
            return Reply(problem: (error as? Refusal)?.words ?? "\(error)")
        }
    }
}

/// Tells everybody who wants to know of an app, without waiting for them.
func tell(_ event: String, of app: App, _ facts: [String: JSON]) throws {
    let targets = try Target.all(of: app) + Target.all(of: nil)
    if targets.isEmpty { return }
    for target in targets { try Delivery(event, app, facts, to: target).save() }
    try hook.background(["webhook:deliver"])
}

func randomHex(_ count: Int) -> String {
    var random = SystemRandomNumberGenerator()
    return SHA256.hex((0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) })
}
