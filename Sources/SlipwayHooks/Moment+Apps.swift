extension Moment where Event == PlainEvent, Answer == Void {
    /// Before `install`, and by plugin:install-dependencies: packages that the plugin needs.
    public static var dependencies: Self { Self("dependencies") }

    /// After the plugin's files are there, and again by plugin:install --core; may run any number of times.
    public static var install: Self { Self("install") }

    /// After the plugin's files were replaced by newer ones.
    public static var update: Self { Self("update") }
}

extension Moment where Event == RestoreEvent, Answer == Void {
    /// Before ps:restore starts what should run, of every app.
    public static var preRestore: Self { Self("pre-restore") }
}

extension Moment where Event == PluginEvent, Answer == Void {
    /// Before a plugin's files go; every plugin is told, and compares the name.
    public static var uninstall: Self { Self("uninstall") }
}

extension Moment where Event == AppEvent, Answer == [String] {
    /// When somebody asks for the whole report of an app.
    public static var report: Self { Self(lines: "report") }
}

extension Moment where Event == CommandEvent, Answer == Void {
    /// Before a command is run for somebody who came by ssh.
    public static var userAuth: Self { Self("user-auth") }
}

extension Moment where Event == AppsEvent, Answer == [App] {
    /// When apps are listed or looked for, for somebody who came by ssh.
    public static var userAuthApp: Self { Self("user-auth-app") }
}

extension Moment where Event == AppEvent, Answer == Void {
    /// Before somebody fetches or clones an app's repository.
    public static var gitPrePull: Self { Self("git-pre-pull") }

    /// After it was sent.
    public static var gitPostPull: Self { Self("git-post-pull") }

    /// After an app was made.
    public static var postCreate: Self { Self("post-create") }

    /// Before a stopped app is started.
    public static var preStart: Self { Self("pre-start") }

    /// After an app was stopped.
    public static var postStop: Self { Self("post-stop") }
}

extension Moment where Event == ConfigEvent, Answer == Void {
    /// After variables were set or unset; ACTION is set, unset or clear.
    public static var postConfigUpdate: Self { Self("post-config-update") }
}

extension Moment where Event == ScaleEvent, Answer == Void {
    /// After it was said how many of each process type are to run.
    public static var postScaleUpdate: Self { Self("post-scale-update") }
}

extension Moment where Event == TwoAppsEvent, Answer == Void {
    /// After the settings of a clone were written, before it is deployed.
    public static var postAppCloneSetup: Self { Self("post-app-clone-setup") }

    /// After an app was cloned.
    public static var postAppClone: Self { Self("post-app-clone") }

    /// After an app has its other name, before its site is told so.
    public static var postAppRenameSetup: Self { Self("post-app-rename-setup") }

    /// After an app was given another name.
    public static var postAppRename: Self { Self("post-app-rename") }
}

extension Moment where Event == DeleteEvent, Answer == Void {
    /// Before an app is destroyed; RELEASE is empty without one.
    public static var preDelete: Self { Self("pre-delete") }

    /// After an app was destroyed.
    public static var postDelete: Self { Self("post-delete") }
}

extension Moment where Event == KindEvent, Answer == [String] {
    /// When the addresses of an app are shown.
    public static var appUrls: Self { Self(lines: "app-urls") }
}
