import SlipwayHooks

// slipway slack:unset APP|--global
command.run { words in
    let app = words.flag("--global") ? nil : try words.app()
    try words.end()
    try hook.change { $0["url", of: app] = nil }
    hook.say("Slack hears no more of \(app?.name ?? "every app")")
}
