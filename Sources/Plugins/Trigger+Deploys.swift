extension Trigger {
    /// From what was pushed to an image.
    static let builds = [
        receiveBranch, deploySourceSet, postExtract, builderDetect, preReceiveApp, preBuild, preBuildDockerfile,
        dockerArgsProcessBuild, dockerArgsBuild, builderBuild, postBuild, postBuildDockerfile, preReleaseBuilder,
        preReleaseDockerfile, builderRelease, postReleaseBuilder,
    ]

    package static let receiveBranch = Trigger(
        "receive-branch",
        ["APP", "COMMIT", "REF"],
        when: "when a branch is pushed that is not the app's own; COMMIT lies in $DOKKU_ROOT/APP until it is tidied",
        refusal: .fails("the push of that branch is refused")
    )
    package static let deploySourceSet = Trigger(
        "deploy-source-set",
        ["APP", "KIND", "DETAIL"],
        when: "after it is known what is deployed; KIND is git-push, git-sync, archive, docker-image or the like"
    )
    package static let postExtract = Trigger(
        "post-extract",
        ["APP", "FOLDER", "COMMIT"],
        when: "before anything is made of the source; what a hook changes in FOLDER is what is built",
        refusal: .fails("the deploy fails")
    )
    package static let builderDetect = Trigger(
        "builder-detect",
        ["APP", "FOLDER"],
        answer: .value("the builder to use"),
        when: "when no builder was set for the app",
        refusal: .fails("the deploy fails")
    )
    package static let preReceiveApp = Trigger(
        "pre-receive-app",
        ["APP", "BUILDER", "FOLDER", "COMMIT"],
        when: "when the builder is chosen: the last chance before the build",
        refusal: .fails("the deploy fails")
    )
    package static let preBuild = Trigger(
        "pre-build",
        ["BUILDER", "APP", "FOLDER"],
        when: "before an image is built",
        refusal: .fails("the deploy fails")
    )
    package static let preBuildDockerfile = Trigger(
        "pre-build-dockerfile",
        ["APP", "FOLDER"],
        when: "the same, for the builder dockerfile",
        refusal: .fails("the deploy fails"),
        successor: "pre-build"
    )
    package static let dockerArgsProcessBuild = Trigger(
        "docker-args-process-build",
        ["APP", "BUILDER"],
        answer: .words("options of `docker build`"),
        when: "before an image is built",
        refusal: .fails("the deploy fails")
    )
    package static let dockerArgsBuild = Trigger(
        "docker-args-build",
        ["APP", "BUILDER"],
        answer: .words("options of `docker build`"),
        when: "before an image is built",
        refusal: .fails("the deploy fails"),
        successor: "docker-args-process-build"
    )
    package static let builderBuild = Trigger(
        "builder-build",
        ["BUILDER", "APP", "FOLDER"],
        answer: .value("the image that was built, by its name or id"),
        when: "in place of a build, for a builder that is none of ours; a hook acts if BUILDER is its own",
        refusal: .fails("the deploy fails"),
        limit: .seconds(3600)
    )
    package static let postBuild = Trigger(
        "post-build",
        ["BUILDER", "APP", "FOLDER"],
        when: "after the image is there",
        refusal: .fails("the deploy fails")
    )
    package static let postBuildDockerfile = Trigger(
        "post-build-dockerfile",
        ["APP", "FOLDER"],
        when: "the same, for the builder dockerfile",
        refusal: .fails("the deploy fails"),
        successor: "post-build"
    )
    package static let preReleaseBuilder = Trigger(
        "pre-release-builder",
        ["BUILDER", "APP", "IMAGE"],
        when: "before the image becomes that of the release",
        refusal: .fails("the deploy fails")
    )
    package static let preReleaseDockerfile = Trigger(
        "pre-release-dockerfile",
        ["APP", "RELEASE"],
        when: "the same, for the builder dockerfile",
        refusal: .fails("the deploy fails"),
        successor: "pre-release-builder"
    )
    package static let builderRelease = Trigger(
        "builder-release",
        ["BUILDER", "APP", "RELEASE"],
        when: "when the image becomes that of the release",
        refusal: .fails("the deploy fails")
    )
    package static let postReleaseBuilder = Trigger(
        "post-release-builder",
        ["BUILDER", "APP", "IMAGE"],
        when: "after predeploy and the release command have run",
        refusal: .fails("the deploy fails")
    )

    /// From an image to what serves.
    static let deploys = [
        releaseCreated, preDeploy, dockerArgsProcessDeploy, dockerArgsDeploy, postContainerCreate, checkDeploy,
        postDeploy, postRollback, deployFailed, postDrain, retireContainerFailed, dockerArgsProcessRun, dockerArgsRun,
        instanceExited, instanceOutOfMemory,
    ]

    package static let releaseCreated = Trigger(
        "release-created",
        ["APP", "RELEASE", "REASON"],
        when: "when a release has its number, before anything is tried",
        refusal: .fails("the deploy fails"),
        isDokkus: false
    )
    package static let preDeploy = Trigger(
        "pre-deploy",
        ["APP", "RELEASE"],
        when: "before the first instance of a release starts",
        refusal: .fails("the deploy fails")
    )
    package static let dockerArgsProcessDeploy = Trigger(
        "docker-args-process-deploy",
        ["APP", "BUILDER", "RELEASE", "TYPE", "NUMBER"],
        answer: .words("options of `docker run`"),
        when: "before the instances of a type start; once a type, so NUMBER is always 1",
        refusal: .fails("the deploy fails")
    )
    package static let dockerArgsDeploy = Trigger(
        "docker-args-deploy",
        ["APP", "RELEASE"],
        answer: .words("options of `docker run`"),
        when: "before the instances of a release start",
        refusal: .fails("the deploy fails"),
        successor: "docker-args-process-deploy"
    )
    package static let postContainerCreate = Trigger(
        "post-container-create",
        ["SORT", "CONTAINER", "APP", "PHASE", "TYPE"],
        when: "when a container exists and is not started; SORT is app, PHASE deploy or run",
        refusal: .fails("it is not started")
    )
    package static let checkDeploy = Trigger(
        "check-deploy",
        ["APP", "CONTAINER", "TYPE", "PORT", "ADDRESS", "NUMBER"],
        when: "for each new instance that has proven itself; PORT is empty for a type without one",
        refusal: .fails("the instance counts as not healthy, and the deploy fails")
    )
    package static let postDeploy = Trigger(
        "post-deploy",
        ["APP", "PORT", "ADDRESS", "RELEASE"],
        when: "after a release went live; old instances may still drain"
    )
    package static let postRollback = Trigger(
        "post-rollback",
        ["APP", "RELEASE", "BASIS"],
        when: "after a release went live that repeats an older one, BASIS",
        isDokkus: false
    )
    package static let deployFailed = Trigger(
        "deploy-failed",
        ["APP", "RELEASE", "CODE"],
        when: "after a release failed and was taken back; CODE is empty where its process died",
        isDokkus: false
    )
    package static let postDrain = Trigger(
        "post-drain",
        ["APP", "CUT"],
        when: "after old instances have left; CUT is the number of connections that were cut",
        isDokkus: false
    )
    package static let retireContainerFailed = Trigger(
        "retire-container-failed",
        ["APP", "CONTAINER"],
        when: "when an old instance could not be ended"
    )
    package static let dockerArgsProcessRun = Trigger(
        "docker-args-process-run",
        ["APP", "BUILDER", "RELEASE"],
        answer: .words("options of `docker run`"),
        when: "before a one-off program starts",
        refusal: .fails("the program is not started")
    )
    package static let dockerArgsRun = Trigger(
        "docker-args-run",
        ["APP", "RELEASE"],
        answer: .words("options of `docker run`"),
        when: "before a one-off program starts",
        refusal: .fails("the program is not started"),
        successor: "docker-args-process-run"
    )
    package static let instanceExited = Trigger(
        "instance-exited",
        ["APP", "INSTANCE", "STATUS"],
        when: "after an instance ended that should run; needs `slipway serve`",
        limit: .seconds(10),
        isDokkus: false
    )
    package static let instanceOutOfMemory = Trigger(
        "instance-oom",
        ["APP", "INSTANCE"],
        when: "after the kernel ended an instance for the memory it wanted; needs `slipway serve`",
        limit: .seconds(10),
        isDokkus: false
    )
}
