import Core
import Testing

@testable import Features

@Suite("The words of `run`")
struct RunWishTests {
    @Test func `options stand before the app, every word behind it is the program's`() throws {
        let line = [
            "-e", "A=1=2", "--env=B=", "--no-tty", "--ttl-seconds", "60", "shop", "ls", "--help", "-e", "--", "x",
        ]
        let wish = try RunWish(line)
        #expect(wish.app.text == "shop")
        #expect(wish.words == ["ls", "--help", "-e", "--", "x"])
        #expect(wish.environment == [try ConfigKey("A"): "1=2", try ConfigKey("B"): ""])
        #expect(wish.terminal == .never)
        #expect(wish.limit == .seconds(60))
    }

    @Test func `a day and our own terminal hold when nothing is said`() throws {
        let wish = try RunWish(["shop", "--", "bin/migrate"])
        #expect(wish.words == ["bin/migrate"])
        #expect(wish.limit == .seconds(86_400))
        #expect(wish.terminal == .asOurs)
        #expect(wish.environment.isEmpty)
    }

    @Test func `a limit of 0 is none`() throws {
        #expect(try RunWish(["--ttl-seconds=0", "--force-tty", "shop", "ls"]).limit == nil)
    }

    @Test(arguments: [
        [], ["shop"], ["shop", "--"], ["--rm", "shop", "ls"], ["-e"], ["-e", "A", "shop", "ls"],
        ["-e", "1A=b", "shop", "ls"], ["--ttl-seconds", "-1", "shop", "ls"], ["Shop!", "ls"], ["--no-tty"],
    ])
    func `what is no command line is refused as wrong usage`(_ line: [String]) {
        let refusal = #expect(throws: Failure.self) { try RunWish(line) }
        #expect(refusal?.code.status == .usage)
    }
}
