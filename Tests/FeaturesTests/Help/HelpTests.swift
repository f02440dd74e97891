import ArgumentParser
import Core
import Testing

@testable import Features

@Suite struct `what help says` {
    private func ask(_ words: String...) async -> (status: Int32, answer: String, progress: String) {
        let transcript = TranscriptOutput()
        let status = await Dispatch().run(words, output: transcript.output) { _, _ in throw Failure(.bug, "reached") }
        return (status, transcript.answer, transcript.progress)
    }

    @Test func `of a noun is the same in every spelling`() async {
        let page = await ask("domains").answer
        #expect(page.hasPrefix("domains: "))
        #expect(page.contains("    domains:add "))
        for words in [["domains:help"], ["domains", "--help"], ["help", "domains"]] {
            let transcript = TranscriptOutput()
            _ = await Dispatch().run(words, output: transcript.output) { _, _ in throw Failure(.bug, "reached") }
            #expect(transcript.answer == page, "\(words)")
        }
        #expect(await ask("apps", "--help").answer.hasPrefix("apps: "), "the bare noun lists; its help is the noun's")
    }

    @Test func `of a command shows what it takes and how it is used`() async {
        let page = await ask("help", "domains:add").answer
        #expect(page.contains("slipway domains:add shop shop.example.com"))
        #expect(page == (await ask("domains:add", "--help").answer))
        let set = await ask("git:set", "--help").answer
        #expect(set.contains("PROPERTIES:") && set.contains("deploy-branch"))
        #expect(await ask("git:report", "--help").answer.contains("--format <format>"))
    }

    @Test func `of all has every shown command`() async {
        let page = await ask("help", "--all").answer
        for facts in Features.facts() where facts.isShown { #expect(page.contains("    \(facts.name) ")) }
        #expect(page == (await ask("--help", "--all").answer))
    }

    @Test func `fits a screen`() async {
        let lines = await ask("help").answer.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count <= 80 && lines.allSatisfy { $0.count <= 100 })
    }

    @Test(arguments: [
        ("app:create", "apps:create"), ("apps:craete", "apps:create"), ("domain", "domains"),
        ("apps:lsit", "apps:list"),
    ])
    func `a slip is understood`(_ typed: String, _ meant: String) async {
        let answer = await ask(typed)
        #expect(answer.status == 2 && answer.progress.contains("did you mean \(meant)"), "\(answer.progress)")
    }

    @Test func `a verb that a noun has not leads to its page`() async {
        #expect(await ask("domains:frobnicate").progress.contains("slipway domains:help"))
    }

    @Test func `what Dokku has and this has not says why`() async {
        let answer = await ask("scheduler-k3s:initialize")
        #expect(answer.status == 2 && answer.progress.contains("why:  one host"), "\(answer.progress)")
    }

    @Test func `nothing and an empty word are help and no failure`() async {
        #expect(await ask().status == 0)
        #expect(await ask("").status == 2)
    }

    @Test func `pages of the manual have nothing that roff takes for a request`() {
        let pages = Manual(Features.facts()).pages
        #expect(pages["slipway.1"] != nil && pages["slipway-apps.1"] != nil)
        let requests: Set = [".TH", ".SH", ".SS", ".TP", ".B", ".BR", ".I", ".PP", ".nf", ".fi"]
        for (name, text) in pages {
            #expect(text.hasPrefix(".TH "), "\(name)")
            for line in text.split(separator: "\n") where line.hasPrefix(".") || line.hasPrefix("'") {
                #expect(requests.contains(String(line.prefix { $0 != " " })), "\(name): \(line)")
            }
        }
    }
}
