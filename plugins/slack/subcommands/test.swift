import SlipwayHooks

// slipway slack:test [APP]
command.run { words in
    let app = words.isEmpty ? nil : try words.app()
    try words.end()
    guard let reply = try notice("a test of slipway", of: app) else {
        throw Refusal("no address is set; slipway slack:set --global URL")
    }
    if !reply.isSuccess { throw Refusal("nothing was said") }
    hook.say("said")
}
