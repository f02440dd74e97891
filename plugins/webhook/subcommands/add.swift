import SlipwayHooks

// slipway webhook:add APP|--global URL
command.run { words in
    let app = words.flag("--global") ? nil : try words.app()
    let url = try words.next("the address")
    try words.end()
    guard Hook.isWebAddress(url) else { throw Misuse("the address starts with https:// or http://") }
    var targets = try Target.all(of: app)
    if let known = targets.first(where: { $0.url == url }) {
        return hook.say("\(known.shown) is told already (unchanged)")
    }
    let target = Target(url: url, secret: randomHex(24))
    targets.append(target)
    try Target.save(targets, of: app)
    hook.say("\(target.shown) is told of \(app?.name ?? "every app")")
    hook.say("X-Slipway-Signature is the HMAC-SHA256 of the body with this secret, which is shown only now:")
    hook.say(target.secret)
}
