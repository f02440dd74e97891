import SlipwayHooks

// slipway hello:keep APP [--off]
command.run { words in
    let isOff = words.flag("--off")
    let app = try words.app()
    try words.end()
    try hook.change { $0["kept", of: app] = isOff ? nil : "yes" }
    hook.say(try isKept(app) ? "\(app) is kept" : "\(app) may be destroyed")
}
