/// P3: nginx and names. The old configuration goes on serving.
extension CodePage {
    static let proxyRefused = CodePage(
        "nginx does not take the configuration",
        causes: [
            "a property of nginx that does not fit", "a file of somebody else's is broken: its name and line are shown",
            "the app's own nginx.conf.sigil, or a file in its nginx.conf.d, is broken: its line is shown",
        ],
        cures: [
            "mend or remove the line that is named, then: slipway nginx:validate-config",
            "slipway nginx:set APP disable-custom-config true passes over the app's own template",
        ]
    )
    static let domainTaken = CodePage(
        "The name belongs to another app of this host",
        causes: ["it was moved from one app to another, and the first still has it"],
        cures: ["slipway domains:remove OTHER NAME, then add it again"]
    )
    static let badCertificate = CodePage(
        "The certificate or key cannot be used",
        causes: ["key and certificate do not belong together", "it is no PEM, or has a pass phrase", "it has run out"],
        cures: ["tar -c server.crt server.key | ssh host certs:add APP", "openssl x509 -noout -text -in server.crt"]
    )
    static let proxyDown = CodePage(
        "nginx does not run, or does not answer",
        causes: ["it was stopped", "another program has its port", "its configuration did not load at boot"],
        cures: ["systemctl status nginx", "ss -ltnp shows who has ports 80 and 443", "slipway doctor"]
    )
}

/// P4: the engine.
extension CodePage {
    static let engineUnreachable = CodePage(
        "The Docker Engine does not answer",
        causes: ["it is stopped or starts just now", "its socket is elsewhere, or not ours to open"],
        cures: ["systemctl status docker", "slipway setup, again: it gives our user the right to the socket"]
    )
    static let noSubnet = CodePage(
        "There is no private network for containers",
        causes: [
            "all private ranges are in use by routes or other networks", "somebody removed or replaced our network",
        ],
        cures: ["docker network ls, and remove what nothing uses", "slipway doctor --fix"]
    )
    static let noAddress = CodePage(
        "No address is free for another instance",
        causes: ["about 2,000 instances run, or left within the last hour"],
        cures: ["scale something down", "wait: an address rests for an hour before it is given again"]
    )
    static let engineRefused = CodePage(
        "The Docker Engine said no",
        causes: [
            "its own words stand behind why:", "a disk that is full", "an engine too old: API 1.40 is the oldest",
        ],
        cures: ["slipway doctor", "journalctl -u docker"]
    )
    static let registryRefused = CodePage(
        "A registry of images said no",
        causes: [
            "the login is wrong, or may not read or write there",
            "the image is not there, or is another than was pushed",
            "the registry cannot be reached from the engine",
        ],
        cures: ["slipway registry:login --password-stdin APP SERVER USER < TOKEN", "slipway registry:report APP"]
    )
}

/// P5, P6 and P9: rights, and the machine.
extension CodePage {
    static let notAllowed = CodePage(
        "You may not do this",
        causes: [
            "a key with fewer rights", "a user who is neither root nor slipway",
            "a folder that holds secrets of the host",
        ],
        cures: ["ask who may: slipway ssh-keys:list", "sudo slipway ..., on the host"]
    )
    static let unconfirmed = CodePage(
        "Something would be lost, and nobody said yes",
        causes: ["no terminal, and neither --force nor --confirm", "another name was typed"],
        cures: ["add --confirm NAME, or --force"]
    )
    static let newerDatabase = CodePage(
        "The database was written by a newer program",
        causes: ["the program was replaced by an older one"],
        cures: ["install the newer program again; nothing was changed"]
    )
    static let disk = CodePage(
        "A file could not be read or written",
        causes: [
            "the disk is full, or out of files", "owners or modes below the root were changed", "a disk that fails",
        ],
        cures: ["df -h and df -i", "slipway doctor", "docker system df"]
    )
    static let notSetUp = CodePage(
        "This machine, or this root, has not been made ready",
        causes: ["slipway setup was not run, or was cut short", "SLIPWAY_ROOT names another folder"],
        cures: ["sudo slipway setup"]
    )
    static let programFailed = CodePage(
        "A program of the host failed or is missing",
        causes: ["git, nginx, gzip, unzip or curl is not installed", "it ended with an error: its words are shown"],
        cures: ["slipway doctor says what is missing", "apt-get install what is named"]
    )
    static let pluginFailed = CodePage(
        "A hook of a plugin ended with an error",
        causes: ["the hook refuses on purpose", "the hook is broken: its words are shown"],
        cures: ["slipway plugin:disable NAME, and try again", "run the hook by hand"]
    )
    static let diskFull = CodePage(
        "There is no room for a build; what runs goes on running",
        causes: [
            "a disk that builds or state lie on is fuller than disk:set --global refuse-at allows",
            "the engine's build cache, volumes, or something that is not slipway's",
        ],
        cures: [
            "slipway disk:clean removes what nothing needs", "slipway disk shows who uses what",
            "slipway disk:set --global refuse-at 98, for once",
        ]
    )
    static let bug = CodePage(
        "Something failed that nobody thought of",
        causes: ["a defect in slipway"],
        cures: ["please report it, with the lines that were shown"]
    )
}
