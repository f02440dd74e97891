import Testing

@testable import SlipwayHooks

/// What a hook is told at each moment, and what becomes of its answer.
struct MomentTests {
    /// What each word of the table stands for in a test; a word that is not here stands for itself.
    static let samples = [
        "PORT": "5000", "NUMBER": "3", "CUT": "4", "STATUS": "137", "DAYS": "9", "PERCENT": "91",
        "TYPE=NUMBER...": "web=2",
    ]

    @Test(arguments: HookMoments.all)
    func `every argument is in a field of its own, in its place`(_ moment: MomentFacts) throws {
        let words = moment.arguments.map { Self.samples[$0] ?? $0 }
        let heard = Heard()
        var events: [any HookEvent] = []
        let hook = heard.hook(moment.name, words)
        listenToApps(hook) { events.append($0) }
        listenToTheRest(hook) { events.append($0) }
        try #require(events.count == 1, "\(heard.error)")
        let fields = Mirror(reflecting: events[0]).children.map { Self.plain($0.value) }
        #expect(fields == words.map { $0 == "web=2" ? "[\"web\": 2]" : $0 })
        #expect(heard.endings.isEmpty && heard.output.isEmpty)
    }

    @Test(arguments: HookMoments.all.filter { $0.arguments.contains { !$0.hasSuffix("...") } })
    func `too few arguments are refused with what they should be`(_ moment: MomentFacts) {
        let heard = Heard()
        let hook = heard.hook(moment.name)
        listenToApps(hook) { _ in }
        listenToTheRest(hook) { _ in }
        #expect(heard.endings == [1])
        #expect(heard.error == "\(moment.name) was called with too few arguments; it is \(moment.usage)\n")
    }

    @Test func `no two moments have the same name`() {
        #expect(HookMoments.all.count == Set(HookMoments.all.map(\.name)).count)
    }

    @Test func `what is empty is nil where it may be absent`() {
        let heard = Heard()
        var told: DeployEvent?
        heard.hook("post-deploy", ["shop", "", "", "v3"]).on(.postDeploy) { told = $0 }
        #expect(told?.app == App("shop") && told?.release == "v3")
        #expect(told?.port == nil && told?.address == nil)
        var deleted: DeleteEvent?
        heard.hook("pre-delete", ["shop", ""]).on(.preDelete) { deleted = $0 }
        #expect(deleted != nil && deleted?.release == nil)
    }

    @Test func `a number that is none is refused`() {
        let heard = Heard()
        heard.hook("post-drain", ["shop", "many"]).on(.postDrain) { _ in Issue.record("it was called") }
        #expect(heard.endings == [1])
        #expect(heard.error == "post-drain was called with \"many\" for a number; it is post-drain APP CUT\n")
    }

    @Test func `all words that are left are taken`() {
        let heard = Heard()
        var names: [String] = []
        var numbers: [String: Int] = [:]
        heard.hook("post-domains-update", ["shop", "add", "a.example", "b.example"]).on(.postDomainsUpdate) { event in
            if event.action == .add { names = event.names }
        }
        heard.hook("post-scale-update", ["shop", "web=2", "worker=0"]).on(.postScaleUpdate) { numbers = $0.numbers }
        #expect(names == ["a.example", "b.example"])
        #expect(numbers == ["web": 2, "worker": 0])
        heard.hook("post-scale-update", ["shop", "web"]).on(.postScaleUpdate) { _ in }
        #expect(heard.endings == [1])
    }

    @Test func `only the moment it was started for is acted on`() {
        let heard = Heard()
        let hook = heard.hook("post-stop", ["shop"])
        hook.on(.postCreate) { hook.say("created \($0.app)") }
        hook.on(.postStop) { hook.say("stopped \($0.app)") }
        #expect(heard.output == "stopped shop\n")
    }

    private static func plain(_ value: Any) -> String {
        switch value {
        case let words as [String]: return words.joined(separator: " ")
        case let apps as [App]: return apps.map(\.name).joined(separator: " ")
        case let action as Action: return action.rawValue
        default:
            let mirror = Mirror(reflecting: value)
            guard mirror.displayStyle == .optional else { return "\(value)" }
            return mirror.children.first.map { "\($0.value)" } ?? "nil"
        }
    }
}

struct AnswerTests {
    @Test func `an answer goes to standard output, and words beside it`() {
        let heard = Heard()
        let hook = heard.hook("builder-detect", ["shop", "/source"])
        hook.on(.builderDetect) { event in
            hook.say("looking at \(event.folder)")
            return "lambda"
        }
        #expect(heard.output == "lambda\n")
        #expect(heard.error == "looking at /source\n")
    }

    @Test func `no answer is nothing at all`() {
        let heard = Heard()
        heard.hook("builder-detect", ["shop", "/source"]).on(.builderDetect) { _ in nil }
        heard.hook("certs-force", ["shop"]).on(.certsForce) { _ in false }
        heard.hook("docker-args-run", ["shop", "v1"]).on(.dockerArgsRun) { _ in [] }
        #expect(heard.output.isEmpty && heard.endings.isEmpty)
    }

    @Test func `options are quoted so that each stays one word`() {
        let heard = Heard()
        heard.hook("docker-args-deploy", ["shop", "v1"]).on(.dockerArgsDeploy) { event in
            ["--label", "who=it's \(event.app)", "--cap-add=NET_ADMIN", "", "$HOME"]
        }
        #expect(heard.output == #"--label 'who=it'\''s shop' --cap-add=NET_ADMIN '' '$HOME'"# + "\n")
    }

    @Test func `lines, apps, tasks and truth are said as the trigger wants them`() {
        let heard = Heard()
        heard.hook("app-urls", ["shop", "urls"]).on(.appUrls) { ["https://\($0.app).example", "https://b.example"] }
        heard.hook("user-auth-app", ["slipway", "ana", "shop", "blog"]).on(.userAuthApp) { event in
            event.apps.filter { $0.name == "blog" }
        }
        heard.hook("cron-entries", ["docker-local"]).on(.cronEntries) { _ in
            [CronEntry("* * * * *", "webhook:deliver")]
        }
        heard.hook("certs-force", ["shop"]).on(.certsForce) { _ in true }
        #expect(
            heard.output == "https://shop.example\nhttps://b.example\nblog\n* * * * *;webhook:deliver;\ntrue\n"
        )
    }

    @Test func `an answer of two lines where one is meant is refused`() {
        let heard = Heard()
        heard.hook("nginx-hostname", ["shop", "shop", "host"]).on(.nginxHostname) { _ in "a.example\nb.example" }
        #expect(heard.output.isEmpty && heard.endings == [1])
        #expect(heard.error.contains("an answer is one line"))
    }

    @Test func `a refusal ends the hook with its words`() {
        let heard = Heard()
        heard.hook("pre-deploy", ["shop", "v2"]).on(.preDeploy) { event in
            throw Refusal("no \(event.release) on sundays")
        }
        #expect(heard.endings == [1])
        #expect(heard.error == "no v2 on sundays\n")
    }

    @Test func `it knows what it belongs to`() throws {
        let variables = [
            "SLIPWAY_PLUGIN": "hello", "SLIPWAY_APP": "shop", "SLIPWAY_CALLER": "ana", "GREETING": "hi",
            "SLIPWAY_ROOT": "/root-of-all",
        ]
        let hook = Heard().hook("post-stop", ["shop"], variables)
        #expect(hook.plugin == "hello" && hook.caller == "ana" && hook.setting("GREETING") == "hi")
        #expect(try hook.app == App("shop"))
        #expect(hook.data.folder == "/root-of-all/plugin-data/hello")
        #expect(throws: Refusal("this is about no app")) { try Heard().hook("install").app }
    }
}
