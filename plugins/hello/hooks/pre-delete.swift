import SlipwayHooks

// One file can serve several moments: post-delete.swift and post-app-rename.swift are links to this one.

hook.on(.preDelete) { event in
    if try isKept(event.app) { throw Refusal("\(event.app) is to be kept; slipway hello:keep \(event.app) --off") }
}

hook.on(.postDelete) { event in
    try hook.change { $0.forget(event.app) }
}

hook.on(.postAppRename) { event in
    try hook.change { $0.rename(event.old, to: event.new) }
}
