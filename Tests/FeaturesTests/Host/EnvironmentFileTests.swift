import Core
import Files
import Support
import SystemPackage
import Testing

@testable import Features

@Suite struct `files of variables` {
    private let path: FilePath = "/etc/default/slipway"

    private func read(_ text: String) throws -> [String] {
        try EnvironmentFile(Array(text.utf8), at: path).variables.map { "\($0.name)=\($0.value)" }
    }

    @Test func `are lines, with or without export, and nothing is expanded`() throws {
        let text = """
            # of this host
            SLIPWAY_ROOT=/srv/slipway

            export DOKKU_TRACE=1
              SLIPWAY_A="two words"   # a remark
            SLIPWAY_B='$HOME and `date`'
            SLIPWAY_C=$(reboot)
            SLIPWAY_EMPTY=
            NO_COLOR=1
            PATH=/tmp/evil
            LD_PRELOAD=/tmp/evil.so
            SLIPWAY_TOKEN=forged
            SLIPWAY_CALLER=root
            """
        #expect(
            try read(text) == [
                "SLIPWAY_ROOT=/srv/slipway", "DOKKU_TRACE=1", "SLIPWAY_A=two words", "SLIPWAY_B=$HOME and `date`",
                "SLIPWAY_C=$(reboot)", "SLIPWAY_EMPTY=", "NO_COLOR=1",
            ]
        )
    }

    @Test(arguments: [
        "just words", "1A=x", "A B=x", "SLIPWAY_A=two words", "SLIPWAY_A='open", "=x", "source /etc/other",
        "if true; then", "SLIPWAY_A=\u{1b}[31m",
    ])
    func `a mistake is named with its file and line`(_ line: String) throws {
        #expect { try read("SLIPWAY_A=1\n\(line)\n") } throws: {
            let failure = Failure($0)
            return failure.code == .malformed && failure.what == "/etc/default/slipway has a mistake in line 2"
        }
    }

    @Test func `are trusted only where nobody else could have written them`() throws {
        let folder = try TemporaryFolder()
        let file = folder.path.appending("slipwayrc")
        #expect(try Surroundings.read(file, owners: []) == nil, "there is none yet")
        try writeFile(file, Array("SLIPWAY_A=1\n".utf8))
        let owner = try #require(Privileges.owner(of: file))
        #expect(try Surroundings.read(file, owners: [owner])?.variables.count == 1)
        #expect { try Surroundings.read(file, owners: [owner + 1]) } throws: { Failure($0).code == .notAllowed }
        try writeFile(file, Array("SLIPWAY_A=1\n".utf8), mode: [.ownerReadWrite, .otherWrite])
        #expect { try Surroundings.read(file, owners: [owner]) } throws: { Failure($0).code == .notAllowed }
    }

    @Test func `bytes that are no text are refused`() {
        #expect { try EnvironmentFile([0xff, 0xfe], at: path) } throws: { Failure($0).code == .malformed }
    }
}
