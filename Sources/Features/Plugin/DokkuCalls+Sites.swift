import Core
import Plugins
import Proxying

/// What brings people to an app, and what serves them there.
extension DokkuCalls {
    static let sites = names + certificates + proxies

    private static let names = [
        lines("domains-list", ["APP"], "the names it answers under, one a line") { app, _, host in
            try await Domains(on: host).names(of: app).map(\.text)
        },
        DokkuCall("domains-global", [], "the base names of this host", isOurs: true) { _, host in
            host.output.answer(lines: try await Domains(on: host).global().map(\.text))
            return 0
        },
        lines("domains-urls", ["APP", "KIND"], "its first address, or with KIND urls all of them") { app, words, host in
            let all = try await Urls(on: host).all(of: app)
            return words.first == "urls" ? all : Array(all.prefix(1))
        },
        question("domains-vhost-enabled", ["APP"], "exit 0 or another: whether it answers under names") {
            app,
            _,
            host in
            try await !Domains(on: host).names(of: app).isEmpty
        },
        command("domains-add", ["APP", "NAME..."], "gives it more names", "domains:add"),
        command("domains-enable", ["APP"], "it answers under its names", "domains:enable"),
        command("domains-disable", ["APP"], "it answers under no name", "domains:disable"),
        line("ports-get", ["APP", "[FORMAT]"], "scheme:host-port:container-port, one a line; FORMAT may be json") {
            app,
            words,
            host in
            let ports = Ports(on: host)
            let own = try await ports.all(of: app)
            let mappings = own.isEmpty ? try await ports.detected(app) : own
            if words.first == "json" { return try Ports.json(mappings) }
            return mappings.isEmpty ? nil : mappings.map(\.text).joined(separator: "\n")
        },
        command("ports-clear", ["APP"], "goes back to the port it answers on", "ports:clear"),
    ]

    private static let certificates = [
        line("certs-exists", ["APP"], "true or false") { app, _, host in
            "\(try await Certs(on: host).find(app) != nil)"
        },
        command("certs-get", ["APP", "PART"], "its certificate or its key as PEM; PART is crt or key", "certs:show"),
        command("certs-set", ["APP", "CERTIFICATE", "KEY"], "answers under the pair in these files", "certs:add"),
        command("certs-remove", ["APP"], "answers by http only", "certs:remove"),
        DokkuCall(
            "post-certs-update",
            ["APP"],
            "takes the pair that a plugin has written into $DOKKU_ROOT/APP/tls; the hooks of that name are told"
        ) { words, host in
            let app = try await app(words, host)
            if try await !DokkuTree(on: host).takeCertificate(of: app) {
                await Hooks(on: host).tell(.postCertsUpdate, [app.name.text], app: app.name)
            }
            return 0
        },
    ]

    private static let proxies = [
        DokkuCall(
            "proxy-build-config",
            ["APP"],
            "takes such a pair too, writes what nginx is told, and has nginx read everything again"
        ) { words, host in
            let app = try await app(words, host)
            _ = try await DokkuTree(on: host).takeCertificate(of: app)
            try await Nginx(on: host).publish(app)
            // Files in nginx.conf.d are nothing that the text of the app tells of.
            try await host.proxy.reload()
            return 0
        },
        command("proxy-clear-config", ["APP"], "nginx forgets it until it is told again", "proxy:clear-config"),
        command("proxy-enable", ["APP"], "puts it behind the proxy", "proxy:enable"),
        command("proxy-disable", ["APP"], "takes it from behind the proxy", "proxy:disable"),
        line("proxy-is-enabled", ["APP"], "true or false") { app, _, host in
            "\(try await AppProxy(on: host).isEnabled(app))"
        },
        line("proxy-type", ["APP"], "nginx, or another that was chosen") { app, _, host in
            try await AppProxy(on: host).type(of: app)
        },
        lines("network-get-listeners", ["APP", "[TYPE]"], "ADDRESS:PORT of each process that serves, one a line") {
            app,
            words,
            host in
            guard let release = try await Releases(on: host).current(of: app) else { return [] }
            let port = Ports.webPort(release.settings, release.facts)
            let type = words.first ?? "web"
            return try await Ps(on: host).live(of: app).filter { $0.type.text == type }
                .map { "\($0.address):\(port)" }
        },
        line("network-get-ipaddr", ["APP", "TYPE", "CONTAINER"], "the address of one of its containers") {
            app,
            words,
            host in
            try await Ps(on: host).instances(of: app).first { $0.handle?.hasPrefix(words[1]) == true }?.address
        },
        property("network-get-property", of: "network"),
    ]

    static let runs = [
        line("scheduler-detect", ["APP"], "docker-local") { _, _, _ in "docker-local" },
        DokkuCall(
            "scheduler-cron-write",
            ["[SCHEDULER]", "[APP]"],
            "nothing: cron-entries is asked every minute, and there is no file to write"
        ) { _, _ in 0 },
        DokkuCall("scheduler-uses-host-cron", ["[SCHEDULER]"], "false") { _, host in
            host.output.answer("false")
            return 0
        },
        DokkuCall("scheduler-is-deployed", ["SCHEDULER", "APP"], "exit 0 or another: whether it has a release") {
            words,
            host in
            try await app(Array(words.dropFirst()), host).current == nil ? 1 : 0
        },
        line("git-revision", ["APP"], "the commit of the release that serves") { app, _, host in
            try await Releases(on: host).current(of: app)?.revision?.text
        },
        property("git-get-property", of: "git"),
        line("deployed-app-image-repo", ["APP"], "the name of its images, without a tag") { app, _, host in
            Images.tag(app, 0, host).split(separator: ":").dropLast().joined(separator: ":")
        },
        line("deployed-app-image-tag", ["APP"], "the tag of the image that serves: v12") { app, _, _ in
            app.current.map { "v\($0)" }
        },
        question("procfile-exists", ["APP"], "exit 0 or another: whether its source has a Procfile") { app, _, host in
            try await Releases(on: host).current(of: app)?.facts.procfile != Procfile()
        },
        lines("ps-current-scale", ["APP"], "TYPE=NUMBER, one a line") { app, _, host in
            try await Ps(on: host).asked(of: app).sorted { $0.key.text < $1.key.text }.map { "\($0.key)=\($0.value)" }
        },
        property("ps-get-property", of: "ps"),
        property("builder-get-property", of: "builder"),
        property("checks-get-property", of: "checks"),
        property("logs-get-property", of: "logs"),
        property("cron-get-property", of: "cron"),
    ]
}
