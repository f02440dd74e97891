import ArgumentParser
import Core
import Store
import Testing

@testable import Features

/// A noun that is on no list, with every kind of property.
private enum Specimen: Noun {
    static var feature: Feature {
        Feature(
            "sample",
            "A noun of this test",
            properties: [
                Property("colour", default: "red", "What it looks like", validate: Allowed.oneOf(["red", "blue"])),
                Property("size", default: "1", scope: .app, "How much of it", validate: Allowed.number(1...9)),
                Property("place", default: "", scope: .global, "Where it stands", validate: Allowed.text()),
                Property("token", default: "", secret: true, "What opens it", validate: Allowed.text()),
                Property("variable", default: "REV", scope: .app, keepsEmpty: true, "Its name") { text in
                    _ = try ConfigKey(text)
                },
                Property("seen", default: "", scope: .app, readOnly: true, "Who saw it") { _ in },
                Property("pause.<id>", default: "false", scope: .app, "Whether one waits", validate: Allowed.boolean),
            ],
            report: { app, _ in app == nil ? [] : [ReportLine("alive", "true", isBare: true), ReportLine("kind", "x")] }
        )
    }
}

@Suite struct `properties that are declared` {
    let fake = Fake()
    let host: Host
    let app: App

    init() async throws {
        host = try Host.fake(fake)
        app = try await Apps(on: host).create(try AppName("shop"))
    }

    private func set(_ words: String...) async throws {
        try await SetProperty<Specimen>.parse(words).run(on: host)
    }

    private func report(_ words: String...) async throws -> String {
        let transcript = TranscriptOutput()
        var other = host
        other.output = transcript.output
        try await ReportCommand<Specimen>.parse(words).run(on: other)
        return transcript.answer
    }

    private func events() async throws -> [WrittenEvent] {
        try await Events(on: host).last(100, of: nil).filter { $0.name == "sample:set" }
    }

    private func code(_ words: String...) async -> FailureCode? {
        do {
            try await SetProperty<Specimen>.parse(words).run(on: host)
            return nil
        } catch { return Failure(error).code }
    }

    @Test func `setting says so, records who did, and the same again is unchanged`() async throws {
        try await set("shop", "colour", "blue")
        #expect(fake.transcript.progress.hasSuffix("=====> Setting colour to blue\n"))
        try await set("shop", "colour", "blue")
        #expect(fake.transcript.progress.hasSuffix("=====> colour is unchanged\n"))
        try await set("shop", "colour")
        #expect(fake.transcript.progress.hasSuffix("=====> Unsetting colour\n"))
        try await set("shop", "colour", "")
        #expect(fake.transcript.progress.hasSuffix("=====> colour is unchanged\n"))
        #expect(try await events().map(\.detail) == ["colour to blue", "colour unset"])
        #expect(try await events().map(\.app) == ["shop", "shop"])
        #expect(try await events().map(\.caller) == ["ana", "ana"])
    }

    @Test func `an app's own value stands before the one for all, and that before the default`() async throws {
        #expect(try await report("shop", "--sample-computed-colour") == "red\n")
        try await set("--global", "colour", "blue")
        #expect(try await report("shop", "--sample-computed-colour") == "blue\n")
        try await set("shop", "colour", "red")
        #expect(try await report("shop", "--sample-computed-colour") == "red\n")
        #expect(try await report("shop", "--sample-colour") == "red\n")
        #expect(try await report("shop", "--sample-global-colour") == "blue\n")
        #expect(try await report("--global", "--sample-computed-colour") == "blue\n")
    }

    @Test func `what is wrong is refused and changes nothing`() async throws {
        #expect(await code() == .usage)
        #expect(await code("shop") == .usage)
        #expect(await code("--global") == .usage)
        #expect(await code("nowhere", "colour", "blue") == .noSuchApp)
        #expect(await code("No App", "colour", "blue") == .malformed)
        #expect(await code("shop", "color", "blue") == .usage)
        #expect(await code("shop", "colour", "green") == .malformed)
        #expect(await code("shop", "place", "here") == .usage)
        #expect(await code("--global", "size", "2") == .usage)
        #expect(await code("shop", "seen", "ana") == .usage)
        #expect(await code("shop", "token", "a\nb") == .malformed)
        #expect(await code("shop", "token", "\u{1b}[31m") == .malformed)
        #expect(await code("shop", "token", String(repeating: "a", count: 2000)) == .malformed)
        #expect(await code("shop", "pause.", "true") == .usage)
        #expect(await code("shop", "pause.a/b", "true") == .usage)
        #expect(await code("shop", "--loud", "colour", "blue") == .usage)
        #expect(await code("shop", "--global", "colour", "blue") == .usage)
        #expect(try await events().isEmpty)
    }

    @Test func `a refusal lists the valid properties and what was probably meant`() async throws {
        await #expect {
            try await SetProperty<Specimen>.parse(["shop", "color", "blue"]).run(on: host)
        } throws: { error in
            let failure = Failure(error)
            return failure.why?.contains("colour, size, place, token, variable, pause.<id>") == true
                && failure.fix == "did you mean colour?"
        }
    }

    @Test func `a secret is in no answer, no report and no event`() async throws {
        try await set("shop", "token", "hunter2")
        #expect(try await report("shop", "--sample-token") == "******\n")
        #expect(try await report("shop", "--sample-computed-token") == "******\n")
        #expect(!fake.transcript.progress.contains("hunter2"))
        #expect(try await events().map(\.detail) == ["token to ******"])
        #expect(try await Properties("sample", on: host).raw(Specimen.feature.properties[3], of: app) == "hunter2")
    }

    @Test func `an empty value is a value where the property keeps it`() async throws {
        try await set("shop", "variable", "")
        #expect(try await report("shop", "--sample-computed-variable") == "\n")
        try await set("shop", "variable")
        #expect(try await report("shop", "--sample-computed-variable") == "REV\n")
    }

    @Test func `values of many words and values that begin with a dash are taken`() async throws {
        try await set("--global", "place", "on", "the", "table")
        #expect(try await report("--global", "--sample-global-place") == "on the table\n")
        try await set("--global", "place", "--", "-1")
        #expect(try await report("--global", "--sample-global-place") == "-1\n")
        try await set("--global", "place", "-2")
        #expect(try await report("--global", "--sample-global-place") == "-2\n")
    }

    @Test func `members of a family are set one by one and shown when they are`() async throws {
        #expect(try await !report("shop").contains("pause"))
        try await set("shop", "pause.a1", "true")
        #expect(try await report("shop", "--sample-pause-a1") == "true\n")
        #expect(try await events().map(\.detail) == ["pause.a1 to true"])
    }

    @Test func `a report has what is set, what holds and what is set for all, in the order of the keys`() async throws {
        let lines = try await report("shop").split(separator: "\n").map(String.init)
        #expect(lines.first == "=====> shop sample information")
        let keys = lines.dropFirst().map { String($0.dropFirst(7).prefix { $0 != ":" }) }
        #expect(
            keys == [
                "Alive", "Sample colour", "Sample computed colour", "Sample computed place",
                "Sample computed seen",
                "Sample computed size", "Sample computed token", "Sample computed variable",
                "Sample global colour",
                "Sample global place", "Sample global token", "Sample kind", "Sample seen", "Sample size",
                "Sample token", "Sample variable",
            ]
        )
        #expect(lines[1] == "       " + "Alive:".padded(to: 31) + "true")
        let shared = try await report("--global").split(separator: "\n").count
        #expect(shared == 7)
    }

    @Test func `one flag shows the value alone, and what does not go together is refused`() async throws {
        #expect(try await report("shop", "--alive") == "true\n")
        #expect(try await report("shop", "--sample-kind") == "x\n")
        for words in [
            ["shop", "--nothing"], ["shop", "--alive", "--sample-kind"], ["shop", "--format", "xml"],
            ["shop", "--alive", "--format", "json"], ["shop", "--global"], ["shop", "api"],
        ] {
            await #expect { try await ReportCommand<Specimen>.parse(words).run(on: host) } throws: {
                Failure($0).code == .usage
            }
        }
        await #expect { try await ReportCommand<Specimen>.parse(["api"]).run(on: host) } throws: {
            Failure($0).code == .noSuchApp
        }
    }

    @Test func `JSON is flat, and Dokku's older nouns repeat their keys with the prefix`() async throws {
        let text = try await report("shop", "--format", "json")
        #expect(text.hasPrefix(#"{"alive":"true","colour":"","computed-colour":"red","#))
        try await ReportCommand<AppsCommands>.parse(["shop", "--format", "json"]).run(on: host)
        #expect(fake.transcript.answer.contains(#""app-locked":"false""#))
        #expect(fake.transcript.answer.contains(#""locked":"false""#))
    }

    @Test func `several apps stand one after the other, each with its heading even when quiet`() async throws {
        try await Apps(on: host).create(try AppName("api"))
        var quiet = host
        let transcript = TranscriptOutput()
        quiet.output = transcript.output
        quiet.output.isQuiet = true
        try await ReportCommand<Specimen>.parse([]).run(on: quiet)
        let headings = transcript.answer.split(separator: "\n").filter { $0.hasPrefix("=====>") }
        #expect(headings == ["=====> api sample information", "=====> shop sample information"])
        try await ReportCommand<Specimen>.parse(["api"]).run(on: quiet)
        #expect(transcript.answer.split(separator: "\n").filter { $0.hasPrefix("=====>") }.count == 2)
    }
}
