import Core
import Testing

@testable import Features

struct HookTickTests {
    @Test(arguments: [
        ("* * * * *;webhook:deliver", "\"$SLIPWAY_BIN\" webhook:deliver"),
        ("0 3 * * * ; redis:backup db --all ;", "\"$SLIPWAY_BIN\" redis:backup db --all"),
        ("@daily;/usr/local/bin/tidy --now a:b;/var/log/tidy.log", "/usr/local/bin/tidy --now a:b"),
        ("@daily;$SLIPWAY_BIN ps:restore", "$SLIPWAY_BIN ps:restore"),
    ])
    func `a command of ours is run by us, and any other as it stands`(_ line: String, _ expected: String) throws {
        #expect(try HookTick.Entry(line).line == expected)
    }

    @Test(arguments: ["", "* * * * *", "* * * * *;", "never;true", ";true"])
    func `a line without a time or a command is refused`(_ line: String) {
        #expect { try HookTick.Entry(line) } throws: { Failure($0).code == .malformed }
    }
}
