import SlipwayHooks

hook.on(.postDeploy) { event in
    let greeting = hook.setting("HELLO_GREETING") ?? "hello"
    hook.say("\(greeting), \(event.app): \(event.release) is live")
}
