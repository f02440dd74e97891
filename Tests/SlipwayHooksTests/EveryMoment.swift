import SlipwayHooks

/// Gives moments something to do: what they are told is handed on, and nothing is answered.
func listenToApps(_ hook: Hook, _ take: (any HookEvent) -> Void) {
    hook.on(.dependencies) { take($0) }
    hook.on(.install) { take($0) }
    hook.on(.update) { take($0) }
    hook.on(.uninstall) { take($0) }
    hook.on(.report) { silent($0, take, []) }
    hook.on(.userAuth) { take($0) }
    hook.on(.userAuthApp) { silent($0, take, []) }
    hook.on(.gitPrePull) { take($0) }
    hook.on(.gitPostPull) { take($0) }
    hook.on(.postCreate) { take($0) }
    hook.on(.postConfigUpdate) { take($0) }
    hook.on(.postScaleUpdate) { take($0) }
    hook.on(.preStart) { take($0) }
    hook.on(.postStop) { take($0) }
    hook.on(.preRestore) { take($0) }
    hook.on(.postAppCloneSetup) { take($0) }
    hook.on(.postAppClone) { take($0) }
    hook.on(.postAppRenameSetup) { take($0) }
    hook.on(.postAppRename) { take($0) }
    hook.on(.preDelete) { take($0) }
    hook.on(.postDelete) { take($0) }
    hook.on(.appUrls) { silent($0, take, []) }
    hook.on(.receiveBranch) { take($0) }
    hook.on(.deploySourceSet) { take($0) }
    hook.on(.postExtract) { take($0) }
    hook.on(.builderDetect) { silent($0, take, nil) }
    hook.on(.preReceiveApp) { take($0) }
    hook.on(.preBuild) { take($0) }
    hook.on(.preBuildDockerfile) { take($0) }
    hook.on(.dockerArgsProcessBuild) { silent($0, take, []) }
    hook.on(.dockerArgsBuild) { silent($0, take, []) }
    hook.on(.builderBuild) { silent($0, take, nil) }
    hook.on(.postBuild) { take($0) }
    hook.on(.postBuildDockerfile) { take($0) }
    hook.on(.preReleaseBuilder) { take($0) }
    hook.on(.preReleaseDockerfile) { take($0) }
    hook.on(.builderRelease) { take($0) }
}

/// Gives moments something to do: what they are told is handed on, and nothing is answered.
func listenToTheRest(_ hook: Hook, _ take: (any HookEvent) -> Void) {
    hook.on(.postReleaseBuilder) { take($0) }
    hook.on(.releaseCreated) { take($0) }
    hook.on(.preDeploy) { take($0) }
    hook.on(.dockerArgsProcessDeploy) { silent($0, take, []) }
    hook.on(.dockerArgsDeploy) { silent($0, take, []) }
    hook.on(.postContainerCreate) { take($0) }
    hook.on(.checkDeploy) { take($0) }
    hook.on(.postDeploy) { take($0) }
    hook.on(.postRollback) { take($0) }
    hook.on(.deployFailed) { take($0) }
    hook.on(.postDrain) { take($0) }
    hook.on(.retireContainerFailed) { take($0) }
    hook.on(.dockerArgsProcessRun) { silent($0, take, []) }
    hook.on(.dockerArgsRun) { silent($0, take, []) }
    hook.on(.instanceExited) { take($0) }
    hook.on(.instanceOom) { take($0) }
    hook.on(.postDomainsUpdate) { take($0) }
    hook.on(.preEnableVhost) { take($0) }
    hook.on(.preDisableVhost) { take($0) }
    hook.on(.nginxHostname) { silent($0, take, nil) }
    hook.on(.nginxAppTemplateSource) { silent($0, take, nil) }
    hook.on(.nginxPreReload) { take($0) }
    hook.on(.postProxyPortsUpdate) { take($0) }
    hook.on(.certsForce) { silent($0, take, false) }
    hook.on(.postCertsUpdate) { take($0) }
    hook.on(.postCertsRemove) { take($0) }
    hook.on(.postRegistryLogin) { take($0) }
    hook.on(.cronEntries) { silent($0, take, []) }
    hook.on(.sshKeyAdded) { take($0) }
    hook.on(.sshKeyRemoved) { take($0) }
    hook.on(.certificateExpires) { take($0) }
    hook.on(.diskLow) { take($0) }
    hook.on(.hostStarted) { take($0) }
    hook.on(.postRepair) { take($0) }
    hook.on(.postBackup) { take($0) }
    hook.on(.backupFailed) { take($0) }
}

private func silent<Answer>(_ event: any HookEvent, _ take: (any HookEvent) -> Void, _ answer: Answer) -> Answer {
    take(event)
    return answer
}
