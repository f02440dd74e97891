import SlipwayHooks

// slipway slack:set APP|--global [URL]: the address on standard input where it is not given, so that nobody sees it.
command.run { words in
    let app = words.flag("--global") ? nil : try words.app()
    let url = words.isEmpty ? readLine() ?? "" : try words.next("the address")
    try words.end()
    guard Hook.isWebAddress(url) else { throw Misuse("an incoming webhook starts with https://") }
    try hook.change { $0["url", of: app] = url }
    hook.say("Slack hears of \(app?.name ?? "every app")")
}
