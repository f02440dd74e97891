import SlipwayHooks

// slipway webhook:remove APP|--global URL|NUMBER
command.run { words in
    let app = words.flag("--global") ? nil : try words.app()
    let which = try words.next("the address, or its number in webhook:list")
    try words.end()
    var targets = try Target.all(of: app)
    let found = targets.firstIndex { $0.url == which } ?? Int(which).map { $0 - 1 }
    guard let index = found, targets.indices.contains(index) else { throw Refusal("there is no such webhook") }
    let target = targets.remove(at: index)
    try Target.save(targets, of: app)
    hook.say("\(target.shown) is told no more")
}
