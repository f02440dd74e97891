/// P1: builds and starts. The old release goes on serving in every one of these.
extension CodePage {
    static let noDockerfile = CodePage(
        "Nothing in the source says how to build it",
        causes: ["no Dockerfile at the top", "it lies in another folder", "it was not committed"],
        cures: [
            "git add Dockerfile, commit, push", "slipway builder:set APP build-dir FOLDER",
            "slipway builder-dockerfile:set APP dockerfile-path PATH",
        ]
    )
    static let buildFailed = CodePage(
        "A step of the Dockerfile ended with an error",
        causes: [
            "the program in that step says why, in the lines that are shown",
            "a registry or package server could not be reached",
        ],
        cures: ["build it at home: docker build .", "slipway builds:output APP shows the whole log"]
    )
    static let buildOutOfMemory = CodePage(
        "The build was killed for want of memory",
        causes: ["a compiler or bundler that takes more than the machine has", "apps that leave little"],
        cures: [
            "add swap, or memory", "limit the tool: NODE_OPTIONS=--max-old-space-size=1024, make -j1",
            "build elsewhere and use git:from-image",
        ]
    )
    static let loopbackOnly = CodePage(
        "The web process listens only inside its own container",
        causes: ["it is bound to 127.0.0.1 or localhost, which frameworks do in development"],
        cures: ["bind to 0.0.0.0: Next.js HOSTNAME=0.0.0.0, Rails -b 0.0.0.0, Vite --host, Flask --host 0.0.0.0"]
    )
    static let wrongPort = CodePage(
        "The web process listens on another port than the one nginx asks",
        causes: ["the program does not read $PORT", "the image EXPOSEs one port and the program opens another"],
        cures: ["listen on $PORT", "slipway ports:set APP http:80:THEPORT"]
    )
    static let nothingListens = CodePage(
        "The web process runs and opens no port",
        causes: ["it is slow to start", "it is a worker without a port", "it waits for a database"],
        cures: [
            "slipway checks:set APP timeout 180", "call it worker instead of web in the Procfile", "slipway logs APP",
        ]
    )
    static let exited = CodePage(
        "A process ended, which one that serves must not",
        causes: [
            "an error at its start: its last lines say which", "configuration is missing",
            "127: the program is not in the image",
        ],
        cures: ["slipway run APP sh, and try it by hand", "slipway config:show APP"]
    )
    static let unhealthy = CodePage(
        "The app answers, but not well",
        causes: [
            "GET / gives 500 or more", "the path of a check in app.json does not exist",
            "it needs longer than the time-out",
        ],
        cures: [
            "mend what / answers", "name another path in app.json healthchecks", "slipway checks:set APP timeout 180",
        ]
    )
    static let releaseCommandFailed = CodePage(
        "The release command, or a script of app.json, ended with an error",
        causes: ["a migration that fails", "a database that cannot be reached"],
        cures: ["its last lines say why; nothing was started", "slipway run APP COMMAND, by hand"]
    )
    static let outOfMemory = CodePage(
        "The kernel ended a process at its memory limit",
        causes: [
            "the limit is lower than the program needs", "it leaks", "more threads or workers than memory for them",
        ],
        cures: [
            "slipway resource:limit --memory 1g APP, then push or ps:restart", "fewer workers: WEB_CONCURRENCY=1",
            "slipway resource:report APP shows the limits",
        ]
    )
    static let badProcfile = CodePage(
        "The Procfile cannot be read",
        causes: ["a line that is not \"type: command\"", "a type that stands there twice"],
        cures: ["mend the line that is named"]
    )
    static let badAppJSON = CodePage(
        "app.json cannot be read, or asks for what is not there",
        causes: ["it is not JSON", "a required variable has no value"],
        cures: ["mend the place that is named", "slipway config:set --no-restart APP KEY=VALUE, then push again"]
    )
    static let badSubmodule = CodePage(
        "A submodule cannot be fetched",
        causes: [
            "a relative or local address", "a private repository and no key for it",
            "the commit was never pushed there",
        ],
        cures: ["use an https or ssh address in .gitmodules", "give this host a key for it"]
    )
    static let badSource = CodePage(
        "What was sent cannot become a build",
        causes: [
            "an archive that is damaged, too large, or has names or links that leave it",
            "a folder that is not in the commit", "a source for a builder that this host does not have",
        ],
        cures: [
            "pack it anew: git archive HEAD | ssh host git:from-archive APP --", "at most 10,000 entries and 1 GiB",
        ]
    )
    static let startFailed = CodePage(
        "The engine could not start a container",
        causes: [
            "a mounted folder is not there", "the program is not in the image or may not be executed",
            "more cores asked for than there are",
        ],
        cures: ["slipway doctor APP", "slipway storage:list APP, resource:report APP"]
    )
}
