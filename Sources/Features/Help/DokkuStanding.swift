/// How a command of Dokku's stands here.
package struct DokkuCommand: Sendable {
    package enum Standing: Sendable, Equatable {
        case same
        /// The same words do more, or do it more safely.
        case better(String)
        /// The same words do something else, or less.
        case different(String)
        case absent(String)
        /// A name that Dokku only kept: it may be here or not.
        case idle(String)
    }

    package let name: String
    package let standing: Standing
}

/// Every command of Dokku 0.38 by name, and how it stands here; `docs/dokku.md` is made from this.
package enum DokkuTable {
    package static let commands: [DokkuCommand] = names.map { name in
        let noun = String(name.prefix { $0 != ":" })
        if let how = better[name] { return DokkuCommand(name: name, standing: .better(how)) }
        if let how = different[name] { return DokkuCommand(name: name, standing: .different(how)) }
        if let why = idle[name] { return DokkuCommand(name: name, standing: .idle(why)) }
        if let why = absentNouns[noun] { return DokkuCommand(name: name, standing: .absent(why)) }
        return DokkuCommand(name: name, standing: .same)
    }

    /// Why somebody who knows Dokku looks for a command in vain; nil for what is here or never was there.
    static func reasonForAbsence(of word: String) -> String? {
        absentNouns[
            Features.alias(of: word).map { String($0.prefix { $0 != ":" }) } ?? String(word.prefix { $0 != ":" })
        ]
    }

    static var names: [String] {
        bare + colon.flatMap { noun, verbs in verbs.split(separator: " ").map { "\(noun):\($0)" } }
    }

    static let absentNouns = [
        "scheduler-k3s": "one host runs everything here, with Docker; there is no Kubernetes to install or to speak to",
        "k3s": "one host runs everything here, with Docker; there is no Kubernetes to install or to speak to",
    ]

    package static let idle = [
        "certs:chain": "a stub", "certs:key": "a stub", "certs:rollback": "a stub", "git:unlock": "a stub",
        "git-upload-archive": "git archive over ssh", "domains:setup": "called by its own code",
        "deploy": "called by its own code",
    ]

    package static let different: [String: String] = {
        let builder = "kept and shown; this host has no such builder: a source that needs it fails before the build"
        let list = "kept and shown; this host has no builder that uses buildpacks"
        let nouns = ["herokuish", "lambda", "nixpacks", "pack", "railpack"]
        let lists = ["add", "clear", "remove", "set", "set-property"]
        var rows = Dictionary(uniqueKeysWithValues: nouns.map { ("builder-\($0):set", builder) })
        for verb in lists { rows["buildpacks:\(verb)"] = list }
        rows["builder:set"] = "this host builds with dockerfile, null and what plugins bring; the others only select"
        rows["docker-options:add"] = """
            what the engine's API does not take, or what would break names, addresses and clean-up, is refused at once \
            with the reason: in builds \(DockerFlag.refusedNames(in: .build)); in processes \
            \(DockerFlag.refusedNames(in: .deploy))
            """
        rows["scheduler:set"] = "selected is docker-local and nothing else: there is no null, k3s or nomad here"
        rows["storage:mount"] = """
            VOLUME:/dir is a volume of the app's own, which no other app reads, not the engine's of that name; a folder \
            below slipway's storage is made when it is missing, any other must be there before the next deploy
            """
        return rows
    }()

    package static let better = [
        "apps:clone": "deploys the release the other runs, without a build",
        "apps:destroy": "settings, records and volumes are kept for seven days; apps:restore brings them back",
        "apps:lock": "takes a reason, which everybody who is refused is told",
        "apps:rename": "one row, no deploy; the old git address goes on answering",
        "apps:report": "every app is read in one go, however many there are",
        "builds:cancel": "stops the build at the engine too",
        "certs:add": "key, names, dates and chain are checked before nginx sees them",
        "certs:update": "key, names, dates and chain are checked before nginx sees them",
        "config:clear": "what cannot start is not kept, and the old goes on serving; with --no-restart it is kept",
        "config:get": "with --merged also what holds for all apps",
        "config:set":
            "one release for all pairs, none for what was set already; pairs that cannot start are not kept, and the old "
            + "goes on serving, but with --no-restart they are",
        "config:unset": "what cannot start is not kept, and the old goes on serving; with --no-restart it is kept",
        "domains:add": "a name belongs to one app of the host; nginx agrees before it is written down",
        "domains:set": "a name belongs to one app of the host; nginx agrees before it is written down",
        "events": "rows with who did it, for each app, also as JSON; on from the start",
        "events:off": "turning them off is itself an event",
        "nginx:reload": "done only when the new configuration is seen to answer",
        "nginx:set": "nginx is told at once, what it refuses is not kept; buffers that are unset fit the others",
        "plugin:install": "its own hooks run, not those of every plugin; one that fails leaves nothing behind",
        "plugin:update": "takes the old one's place in one step, and goes back when a hook fails",
        "plugin:list": "a plugin whose files others could write is refused by name",
        "proxy:build-config": "one test and one reload for all apps",
        "ps:rebuild": "all types move to the new release or none",
        "ps:restart": "loses no request; a changed draft becomes a release of its own",
        "ps:restore": "is a repair: compares what is with what should be, safe at any moment",
        "ps:scale": "the new instances answer before the old ones leave",
        "report": "two questions to the database, however many apps there are",
        "run": "the program ends with its person, streams and exit code pass unchanged",
        "shell": "one program for all lines; a script may be piped into it",
        "ssh-keys:add": "keys are rows; the file of keys is made from them and can be made again",
        "trace:on": "says each program and each question to the engine, secrets masked",
        "version": "also as JSON; under the name dokku the words scripts look for",
    ]

    static let bare = [
        "cleanup", "config", "deploy", "enter", "events", "git-receive-pack", "git-upload-archive", "git-upload-pack",
        "help", "logs", "report", "run", "shell", "url", "urls", "version",
    ]

    static let colon: KeyValuePairs = [
        "app-json": "report set",
        "apps": "clone create destroy exists list lock locked rename report set unlock",
        "builder": "report set",
        "builder-dockerfile": "report set",
        "builder-herokuish": "report set",
        "builder-lambda": "report set",
        "builder-nixpacks": "report set",
        "builder-pack": "report set",
        "builder-railpack": "report set",
        "buildpacks": "add clear detect list remove report set set-property",
        "builds": "cancel info list output prune report set",
        "caddy": "labels:add labels:remove labels:show logs report set show-config start stop",
        "certs": "add chain generate key remove report rollback show update",
        "checks": "disable enable report run set skip",
        "config": "bundle clear export get import keys set show unset",
        "cron": "list report resume run set suspend",
        "docker-options": "add clear list remove report",
        "domains": """
        add add-global clear clear-global disable enable remove remove-global report reset set set-global setup
        """,
        "events": "list off on",
        "git": """
        allow-host auth auth-status from-archive from-image generate-deploy-key initialize load-image public-key report \
        set status sync unlock
        """,
        "haproxy": "labels:add labels:remove labels:show logs report set show-config start stop",
        "logs": "failed report set vector-logs vector-start vector-stop",
        "network": "create destroy exists info list rebuild rebuildall report set",
        "nginx": """
        access-logs error-logs reload report set show-conf show-config start stop validate validate-config
        """,
        "openresty": "labels:add labels:remove labels:show logs report set show-config start stop",
        "plugin": "disable enable install install-dependencies installed list trigger uninstall update",
        "ports": "add clear list remove report set",
        "proxy": """
        build-config clear-config disable enable ports ports-add ports-clear ports-remove ports-set report set
        """,
        "ps": "inspect rebuild report restart restore retire scale set start stop",
        "registry": "login logout report set",
        "repo": "gc purge-cache",
        "resource": "limit limit-clear report reserve reserve-clear",
        "run": "detached list logs retire stop",
        "scheduler": "report set",
        "scheduler-docker-local": "report set",
        "scheduler-k3s": """
        annotations:report annotations:set autoscaling-auth:report autoscaling-auth:set charts:report charts:set \
        cluster:add cluster:list cluster:remove ensure-charts initialize labels:report labels:set node-sysctls:report \
        node-sysctls:set preview profiles:add profiles:list profiles:remove report set show-kubeconfig uninstall
        """,
        "ssh-keys": "add list remove",
        "storage": """
        annotations:report annotations:set create destroy ensure-directory exec info labels:report labels:set list \
        list-entries migrate mount report set unmount wait
        """,
        "trace": "off on",
        "traefik": "labels:add labels:remove labels:show logs report set show-config start stop",
    ]
}
