import Testing

@testable import Features

struct CallerTests {
    @Test func `whoever has a key came by ssh`() {
        #expect(Caller(name: "ana", key: 1).isRemote)
        #expect(!Caller(name: "root").isRemote)
    }

    @Test func `a process of ours says who asks, and whether they came by ssh`() {
        let there = ["SLIPWAY_CALLER": "ana", "NAME": "ana"]
        #expect(Caller.named { there[$0] } == Caller(name: "ana", isRemote: true))
        let here = ["SLIPWAY_CALLER": "root"]
        #expect(Caller.named { here[$0] } == Caller(name: "root"))
    }

    @Test func `a name that a shell has for itself makes nobody remote`() {
        let here = ["SLIPWAY_CALLER": "root", "NAME": "workstation"]
        #expect(Caller.named { here[$0] }?.isRemote == false)
        #expect(Caller.named { ["NAME": "ana"][$0] } == nil)
    }
}
