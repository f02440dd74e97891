extension Moment where Event == BranchEvent, Answer == Void {
    /// When a branch is pushed that is not the app's own; with a hook, its word replaces the refusal.
    public static var receiveBranch: Self { Self("receive-branch") }
}

extension Moment where Event == SourceEvent, Answer == Void {
    /// After it is known what is deployed; KIND is git-push, git-sync, archive, docker-image or the like.
    public static var deploySourceSet: Self { Self("deploy-source-set") }
}

extension Moment where Event == ExtractEvent, Answer == Void {
    /// Before anything is made of the source; what a hook changes in FOLDER is what is built.
    public static var postExtract: Self { Self("post-extract") }
}

extension Moment where Event == FolderEvent, Answer == String? {
    /// When no builder was set for the app.
    public static var builderDetect: Self { Self("builder-detect") }
}

extension Moment where Event == ReceiveEvent, Answer == Void {
    /// When the builder is chosen: the last chance before the build.
    public static var preReceiveApp: Self { Self("pre-receive-app") }
}

extension Moment where Event == BuildEvent, Answer == Void {
    /// Before an image is built.
    public static var preBuild: Self { Self("pre-build") }

    /// After the image is there.
    public static var postBuild: Self { Self("post-build") }
}

extension Moment where Event == FolderEvent, Answer == Void {
    /// The same, for the builder dockerfile; use `pre-build` instead.
    public static var preBuildDockerfile: Self { Self("pre-build-dockerfile") }

    /// The same, for the builder dockerfile; use `post-build` instead.
    public static var postBuildDockerfile: Self { Self("post-build-dockerfile") }
}

extension Moment where Event == BuildOptionsEvent, Answer == [String] {
    /// Before an image is built.
    public static var dockerArgsProcessBuild: Self { Self(words: "docker-args-process-build") }

    /// Before an image is built; use `docker-args-process-build` instead.
    public static var dockerArgsBuild: Self { Self(words: "docker-args-build") }
}

extension Moment where Event == BuildEvent, Answer == String? {
    /// In place of a build, for a builder that is none of ours; a hook acts if BUILDER is its own.
    public static var builderBuild: Self { Self("builder-build") }
}

extension Moment where Event == ImageEvent, Answer == Void {
    /// Before the image becomes that of the release.
    public static var preReleaseBuilder: Self { Self("pre-release-builder") }

    /// After predeploy and the release command have run.
    public static var postReleaseBuilder: Self { Self("post-release-builder") }
}

extension Moment where Event == ReleaseEvent, Answer == Void {
    /// The same, for the builder dockerfile; use `pre-release-builder` instead.
    public static var preReleaseDockerfile: Self { Self("pre-release-dockerfile") }

    /// Before the first instance of a release starts.
    public static var preDeploy: Self { Self("pre-deploy") }
}

extension Moment where Event == BuilderReleaseEvent, Answer == Void {
    /// When the image becomes that of the release.
    public static var builderRelease: Self { Self("builder-release") }
}

extension Moment where Event == ReleaseCreatedEvent, Answer == Void {
    /// When a release has its number, before anything is tried.
    public static var releaseCreated: Self { Self("release-created") }
}

extension Moment where Event == ProcessOptionsEvent, Answer == [String] {
    /// Before the instances of a type start; once a type, so NUMBER is always 1.
    public static var dockerArgsProcessDeploy: Self { Self(words: "docker-args-process-deploy") }
}

extension Moment where Event == ReleaseEvent, Answer == [String] {
    /// Before the instances of a release start; use `docker-args-process-deploy` instead.
    public static var dockerArgsDeploy: Self { Self(words: "docker-args-deploy") }

    /// Before a one-off program starts; use `docker-args-process-run` instead.
    public static var dockerArgsRun: Self { Self(words: "docker-args-run") }
}

extension Moment where Event == ContainerEvent, Answer == Void {
    /// When a container exists and is not started; SORT is app, PHASE deploy or run.
    public static var postContainerCreate: Self { Self("post-container-create") }
}

extension Moment where Event == CheckEvent, Answer == Void {
    /// For each new instance that has proven itself; PORT is empty for a type without one.
    public static var checkDeploy: Self { Self("check-deploy") }
}

extension Moment where Event == DeployEvent, Answer == Void {
    /// After a release went live; old instances may still drain.
    public static var postDeploy: Self { Self("post-deploy") }
}

extension Moment where Event == RollbackEvent, Answer == Void {
    /// After a release went live that repeats an older one, BASIS.
    public static var postRollback: Self { Self("post-rollback") }
}

extension Moment where Event == DeployFailedEvent, Answer == Void {
    /// After a release failed; what served before serves on.
    public static var deployFailed: Self { Self("deploy-failed") }
}

extension Moment where Event == DrainEvent, Answer == Void {
    /// After old instances have left; CUT is the number of connections that were cut.
    public static var postDrain: Self { Self("post-drain") }
}

extension Moment where Event == RetireEvent, Answer == Void {
    /// When an old instance could not be ended.
    public static var retireContainerFailed: Self { Self("retire-container-failed") }
}

extension Moment where Event == RunOptionsEvent, Answer == [String] {
    /// Before a one-off program starts.
    public static var dockerArgsProcessRun: Self { Self(words: "docker-args-process-run") }
}

extension Moment where Event == ExitEvent, Answer == Void {
    /// After an instance ended that should run; needs `slipway serve`.
    public static var instanceExited: Self { Self("instance-exited") }
}

extension Moment where Event == InstanceEvent, Answer == Void {
    /// After the kernel ended an instance for the memory it wanted; needs `slipway serve`.
    public static var instanceOom: Self { Self("instance-oom") }
}
