import Core
import Synchronization
import Testing

@testable import Features

@Suite struct `the shell` {
    private final class Heard: Sendable {
        private let lines = Mutex<[[String]]>([])
        var all: [[String]] { lines.withLock { $0 } }
        func add(_ words: [String]) { lines.withLock { $0.append(words) } }
    }

    private let transcript = TranscriptOutput()
    private let heard = Heard()

    private func converse(_ lines: [String], isTerminal: Bool = false) async -> Int32 {
        var output = transcript.output
        output.isTerminal = isTerminal
        let shell = Shell(output: output) { [heard] words in
            heard.add(words)
            return words.first == "fail" ? 20 : 0
        }
        var rest = lines[...]
        return await shell.converse { rest.popFirst() }
    }

    @Test func `runs line after line, read as a shell reads words but without expansion`() async {
        let status = await converse([
            "apps:list", "", "  # a remark", "config:set shop A='one two' B=$(reboot)", "dokku ps:report shop",
        ])
        #expect(status == 0)
        #expect(
            heard.all == [
                ["apps:list"], ["config:set", "shop", "A=one two", "B=$(reboot)"], ["ps:report", "shop"],
            ]
        )
    }

    @Test func `ends with the status of the last command`() async {
        #expect(await converse(["apps:list", "fail"]) == 20)
        #expect(await converse(["fail", "apps:list"]) == 0)
        #expect(await converse(["fail", "exit", "apps:list"]) == 20)
        #expect(heard.all.count == 5)
    }

    @Test func `a line that cannot be read is said, and the next one is taken`() async {
        #expect(await converse(["config:set shop A='open"]) == 2)
        #expect(transcript.progress.contains("a quote is left open"))
        #expect(await converse(["config:set shop A='open", "apps:list"]) == 0)
    }

    @Test func `does not start itself`() async {
        _ = await converse(["shell"])
        #expect(heard.all.isEmpty && transcript.progress.contains("exit leaves it"))
    }

    @Test func `prompts a person and nobody else`() async {
        _ = await converse(["apps:list"])
        #expect(transcript.answer.isEmpty)
        _ = await converse(["apps:list", "quit"], isTerminal: true)
        #expect(transcript.answer == "slipway> slipway> ")
    }
}
