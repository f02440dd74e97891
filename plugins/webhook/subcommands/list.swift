import SlipwayHooks

// slipway webhook:list [APP|--global]
command.run { words in
    let isGlobal = words.flag("--global")
    let apps: [App] = isGlobal ? [] : words.isEmpty ? try hook.properties.apps : [try words.app()]
    try words.end()
    let places: [App?] = apps + [nil]
    for place in places {
        for (number, target) in try Target.all(of: place).enumerated() {
            hook.say("\(place?.name ?? "--global") \(number + 1) \(target.shown)")
        }
    }
    let waiting = try hook.data.names(in: "queue").count
    if waiting > 0 { hook.say("\(waiting) waiting to be delivered") }
}
