import SlipwayHooks

// The other hooks of this folder are links to this file.

hook.on(.postDeploy) { event in
    try tell("deploy", of: event.app, ["release": .string(event.release)])
}

hook.on(.deployFailed) { event in
    try tell("deploy-failed", of: event.app, ["release": .string(event.release), "code": .string(event.code)])
}

hook.on(.postRollback) { event in
    try tell("rollback", of: event.app, ["release": .string(event.release), "basis": .string(event.basis)])
}

hook.on(.instanceExited) { event in
    let status = JSON.number(Double(event.status))
    try tell("crash", of: event.app, ["instance": .string(event.instance), "status": status])
}

hook.on(.instanceOom) { event in
    try tell("out-of-memory", of: event.app, ["instance": .string(event.instance)])
}

hook.on(.postDelete) { event in
    try hook.change { $0.forget(event.app) }
}

hook.on(.postAppRename) { event in
    try hook.change { $0.rename(event.old, to: event.new) }
}

// What could not be delivered at once is tried again by the clock, also after the machine was off.
hook.on(.cronEntries) { _ in
    try hook.data.names(in: "queue").isEmpty ? [] : [CronEntry("* * * * *", "webhook:deliver")]
}
