import SlipwayHooks

// The other hooks of this folder are links to this file.

hook.on(.postDeploy) { event in
    try notice(":rocket: \(event.release) of \(event.app) is live, by \(hook.caller)", of: event.app)
}

hook.on(.deployFailed) { event in
    try notice(":x: \(event.release) of \(event.app) failed with \(event.code), by \(hook.caller)", of: event.app)
}

hook.on(.postRollback) { event in
    try notice(":rewind: \(event.app) went back to \(event.basis), by \(hook.caller)", of: event.app)
}

hook.on(.instanceExited) { event in
    try notice(":boom: \(event.instance) of \(event.app) ended with \(event.status)", of: event.app)
}

hook.on(.instanceOom) { event in
    try notice(":boom: \(event.instance) of \(event.app) had not enough memory", of: event.app)
}

hook.on(.certificateExpires) { event in
    try notice(":lock: the certificate of \(event.app) ends in \(event.days) days", of: event.app)
}

hook.on(.diskLow) { event in
    try notice(":floppy_disk: \(event.folder) is \(event.percent) % full")
}

hook.on(.backupFailed) { event in
    try notice(":x: no backup of \(event.kind) \(event.name): \(event.reason)")
}

hook.on(.postDelete) { event in
    try hook.change { $0.forget(event.app) }
}

hook.on(.postAppRename) { event in
    try hook.change { $0.rename(event.old, to: event.new) }
}
