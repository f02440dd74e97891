import SlipwayHooks

// slipway webhook:test APP
command.run { words in
    let app = try words.app()
    try words.end()
    let targets = try Target.all(of: app) + Target.all(of: nil)
    if targets.isEmpty { throw Refusal("nobody is told of \(app); slipway webhook:add \(app) URL") }
    var failed = 0
    for target in targets {
        let reply = Delivery("test", app, [:], to: target).post()
        hook.say("\(target.shown): \(reply.status == 0 ? reply.problem : "\(reply.status)")")
        if !reply.isSuccess { failed += 1 }
    }
    if failed > 0 { throw Refusal("\(failed) of \(targets.count) did not take it") }
}
