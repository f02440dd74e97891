import Core
import Files
import Programs
import Support
import SystemPackage
import Testing

@testable import Features

@Suite struct `what a shell completes` {
    private let completion = Completion(Features.facts())

    /// What bash offers at the end of a line, in a shell of its own whose `slipway` knows two apps.
    private func offers(_ line: String) async throws -> [String] {
        let folder = try TemporaryFolder()
        let script = folder.path.appending("slipway.bash")
        try writeFile(script, Array(completion.script(for: .bash).utf8))
        let driver = """
            slipway() { [ "$*" = '--quiet apps:list' ] && printf 'shop\\nshop-api\\n'; }
            source "$1" || exit 1
            COMP_LINE=$2; COMP_POINT=${#COMP_LINE}; COMP_WORDS=(slipway)
            _slipway
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        let words = ["--norc", "-c", driver, "bash", script.string, line]
        return try await Programs.live.succeed(Program("/bin/bash", words)).text.split(separator: "\n").map(String.init)
    }

    @Test func `bash completes commands, behind a colon only what is missing`() async throws {
        #expect(try await offers("slipway apps:cr") == ["create"])
        #expect(try await offers("slipway vers") == ["version"])
        #expect(try await offers("slipway --quiet apps:re").contains("report"))
        #expect(try await offers("slipway ").count == Features.facts().filter(\.isShown).count)
    }

    @Test func `bash completes apps, flags and properties`() async throws {
        #expect(try await offers("slipway apps:destroy sh") == ["shop", "shop-api"])
        #expect(try await offers("slipway apps:destroy shop --pu") == ["--purge"])
        #expect(try await offers("slipway git:set shop dep") == ["deploy-branch"])
        #expect(try await offers("slipway git:report shop --git-computed-dep") == ["--git-computed-deploy-branch"])
        #expect(try await offers("slipway git:report shop --form") == ["--format"])
    }

    @Test(arguments: Completion.Shell.allCases)
    func `every script has every shown command and asks for the apps`(_ shell: Completion.Shell) {
        let script = completion.script(for: shell)
        for facts in Features.facts() where facts.isShown { #expect(script.contains(facts.name), "\(facts.name)") }
        #expect(script.contains("--quiet apps:list"))
    }

    @Test func `fish quotes what stands in its lines`() {
        for line in completion.script(for: .fish).split(separator: "\n") {
            let quotes = line.replacing("\\'", with: "").count { $0 == "'" }
            #expect(quotes.isMultiple(of: 2), "\(line)")
        }
    }
}
