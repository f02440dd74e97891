extension Trigger {
    /// What happens to a plugin itself; only its own hook runs, as root, `uninstall` excepted.
    static let lifeOfPlugins = [dependencies, install, update, uninstall, report]

    package static let dependencies = Trigger(
        "dependencies",
        [],
        when: "before `install`, and by plugin:install-dependencies: packages that the plugin needs",
        refusal: .fails("the plugin is not installed"),
        limit: .seconds(1800)
    )
    package static let install = Trigger(
        "install",
        [],
        when: "after the plugin's files are there, and again by plugin:install --core; may run any number of times",
        refusal: .fails("the plugin is not installed"),
        limit: .seconds(1800)
    )
    package static let update = Trigger(
        "update",
        [],
        when: "after the plugin's files were replaced by newer ones",
        refusal: .fails("the older files are put back"),
        limit: .seconds(1800)
    )
    package static let uninstall = Trigger(
        "uninstall",
        ["PLUGIN"],
        when: "before a plugin's files go; every plugin is told, and compares the name",
        refusal: .fails("the plugin stays")
    )
    package static let report = Trigger(
        "report",
        ["APP"],
        answer: .lines("a block of the report, as it is to be shown"),
        when: "when somebody asks for the whole report of an app"
    )

    /// Who may do what.
    static let access = [userAuth, userAuthApp, gitPrePull, gitPostPull]

    package static let userAuth = Trigger(
        "user-auth",
        ["USER", "KEY", "COMMAND", "WORD..."],
        when: "before a command is run for somebody who came by ssh",
        refusal: .fails("they may not do it; the last line said is the reason"),
        limit: .seconds(10)
    )
    package static let userAuthApp = Trigger(
        "user-auth-app",
        ["USER", "KEY", "APP..."],
        answer: .lines("the apps that this person may see, one a line"),
        when: "when apps are listed or looked for, for somebody who came by ssh",
        refusal: .fails("no app is seen"),
        limit: .seconds(10)
    )
    package static let gitPrePull = Trigger(
        "git-pre-pull",
        ["APP"],
        when: "before somebody fetches or clones an app's repository",
        refusal: .fails("nothing is sent")
    )
    package static let gitPostPull = Trigger("git-post-pull", ["APP"], when: "after it was sent")

    /// From the making of an app to its end.
    static let lifeOfApps = [
        postCreate, postConfigUpdate, postScaleUpdate, preStart, postStop, preRestore, postAppCloneSetup, postAppClone,
        postAppRenameSetup, postAppRename, preDelete, postDelete, appURLs,
    ]

    package static let postCreate = Trigger("post-create", ["APP"], when: "after an app was made")
    package static let postConfigUpdate = Trigger(
        "post-config-update",
        ["APP", "ACTION", "KEY..."],
        when: "after variables were set or unset; ACTION is set, unset or clear"
    )
    package static let postScaleUpdate = Trigger(
        "post-scale-update",
        ["APP", "TYPE=NUMBER..."],
        when: "after it was said how many of each process type are to run",
        isDokkus: false
    )
    package static let preStart = Trigger(
        "pre-start",
        ["APP"],
        when: "before a stopped app is started",
        refusal: .fails("it stays stopped")
    )
    package static let postStop = Trigger("post-stop", ["APP"], when: "after an app was stopped")
    package static let preRestore = Trigger(
        "pre-restore",
        ["SCHEDULER", "APP"],
        when: "before ps:restore starts what should run, of every app",
        refusal: .fails("nothing is started")
    )
    package static let postAppCloneSetup = Trigger(
        "post-app-clone-setup",
        ["OLD", "NEW"],
        when: "after the settings of a clone were written, before it is deployed",
        refusal: .fails("the clone is taken back")
    )
    package static let postAppClone = Trigger("post-app-clone", ["OLD", "NEW"], when: "after an app was cloned")
    package static let postAppRenameSetup = Trigger(
        "post-app-rename-setup",
        ["OLD", "NEW"],
        when: "after an app has its other name, before its site is told so"
    )
    package static let postAppRename = Trigger(
        "post-app-rename",
        ["OLD", "NEW"],
        when: "after an app was given another name"
    )
    package static let preDelete = Trigger(
        "pre-delete",
        ["APP", "RELEASE"],
        when: "before an app is destroyed; RELEASE is empty without one",
        refusal: .fails("it is kept")
    )
    package static let postDelete = Trigger(
        "post-delete",
        ["APP", "RELEASE"],
        when: "after an app was destroyed"
    )
    package static let appURLs = Trigger(
        "app-urls",
        ["APP", "KIND"],
        answer: .lines("the addresses to show in place of those that are known; KIND is url or urls"),
        when: "when the addresses of an app are shown"
    )
}
