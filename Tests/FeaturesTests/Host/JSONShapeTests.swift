import ArgumentParser
import Core
import FoundationEssentials
import Repositories
import Support
import Testing

@testable import Features

/// Any JSON.
private enum JSONValue: Decodable {
    case null
    case text(String)
    case number(Double)
    case boolean(Bool)
    case list([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }
}

extension JSONShape {
    /// Where a value is not of this shape; nil when it is.
    fileprivate func mistake(in value: JSONValue, at place: String = "") -> String? {
        switch (self, value) {
        case (.any, _), (.text, .text), (.number, .number), (.boolean, .boolean), (.optional, .null): return nil
        case (.optional(let shape), _): return shape.mistake(in: value, at: place)
        case (.either(let one, let other), _):
            return one.mistake(in: value, at: place) == nil ? nil : other.mistake(in: value, at: place)
        case (.list(let shape), .list(let values)):
            return values.lazy.compactMap { shape.mistake(in: $0, at: "\(place)[]") }.first
        case (.map(let shape), .object(let keys)):
            return keys.lazy.compactMap { shape.mistake(in: $0.value, at: "\(place).\($0.key)") }.first
        case (.object(let shapes), .object(let keys)):
            if let key = keys.keys.first(where: { shapes[$0] == nil }) { return "\(place).\(key) is not declared" }
            for (key, shape) in shapes {
                guard let mistake = shape.mistake(in: keys[key] ?? .null, at: "\(place).\(key)") else { continue }
                return mistake
            }
            return nil
        default: return "\(place) is \(value), not \(words)"
        }
    }
}

@Suite struct `what commands answer as JSON` {
    /// What stands between the command and `--format json`, for those that want more than an app.
    static let arguments: [String: [String]] = [
        "operations:info": ["1"], "releases:info": ["shop", "v1"], "network:info": ["theirs"],
        "storage:info": ["photos"], "storage:annotations:report": ["photos"], "storage:labels:report": ["photos"],
        "services:app-links": ["postgres", "shop"], "services:backups": ["postgres", "db"],
        "services:info": ["postgres", "db"], "services:links": ["postgres", "db"],
        "services:report": ["postgres", "db"], "templates:info": ["wordpress"],
    ]
    /// Commands whose answer needs more than a fake engine, with the reason.
    static let elsewhere: [String: String] = [
        "plugin:validate": "it wants a plugin, and has a test of its own",
        "disk:report": "of an app it is a part of the whole", "doctor": "it looks at this very machine",
        "repair": "a fake host is not whole, which its exit status says", "ps:restore": "it is repair",
    ]

    @Test func `a shape finds what is not of it`() throws {
        let shape = JSONShape.list(.object(["a": .text, "b": .optional(.number)]))
        for (text, isRight) in [
            (#"[{"a":"x"}]"#, true), (#"[{"a":"x","b":2}]"#, true), (#"[{"a":1}]"#, false), (#"[{"b":1}]"#, false),
            (#"[{"a":"x","c":1}]"#, false), (#"{"a":"x"}"#, false), ("[]", true),
        ] {
            let value = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
            #expect((shape.mistake(in: value) == nil) == isRight, "\(text)")
        }
    }

    @Test func `a shape may be one of two`() throws {
        let shape = JSONShape.either(.map(.text), .list(.text))
        for (text, isRight) in [(#"{"a":"x"}"#, true), (#"["x"]"#, true), (#"{"a":1}"#, false), ("[1]", false)] {
            let value = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
            #expect((shape.mistake(in: value) == nil) == isRight, "\(text)")
        }
        #expect(shape.words == "{KEY: text} or [text]")
    }

    @Test func `is of the shape they declare`() async throws {
        let folder = try TemporaryFolder()
        let engine = FakeEngine()
        let network = FakeEngine.Network(labels: ["team": "red"], containers: ["c9": "db"])
        engine.change { $0.networks["theirs"] = network }
        try await engine.with(Fake(in: folder.path)) { host in
            let app = try await host.furnishedApp()
            _ = try await Domains(on: host).change(app, "domains:add") { _ in [try DomainName("shop.example.com")] }
            try await host.furnishService(for: app)
            try host.furnishTemplate()
            try await SshKeys(on: host).add("ana", try PublicKey(`ssh keys`.key))
            for facts in Features.facts() where Self.elsewhere[facts.name] == nil {
                guard let shape = facts.answers else { continue }
                let words = Self.arguments[facts.name] ?? (facts.takesApp ? ["shop"] : [])
                let transcript = TranscriptOutput()
                let status = await Dispatch().run(
                    [facts.name] + words + ["--format", "json"],
                    output: transcript.output
                ) { _, output in
                    var own = host
                    own.output = output
                    return own
                }
                #expect(status == 0, "\(facts.name): \(transcript.progress)")
                let data = Data(transcript.answer.utf8)
                guard let value = try? JSONDecoder().decode(JSONValue.self, from: data) else {
                    Issue.record("\(facts.name) answers \(transcript.answer)")
                    continue
                }
                #expect(shape.mistake(in: value) == nil, "\(facts.name)")
            }
        }
    }
}

extension Host {
    /// A deployed app that has something of most things, so that few lists that are answered are empty.
    fileprivate func furnishedApp() async throws -> App {
        let app = try await deployedApp(appJSON: #"{"cron": [{"command": "bin/tidy", "schedule": "0 3 * * *"}]}"#)
        try await Git(on: self).prepare(app)
        let files: [(path: String, bytes: [UInt8])] = [("Dockerfile", Array("FROM scratch\n".utf8))]
        let tip = try await repositories.commit(files: files, parent: nil, message: "one", in: app.id)
        try repositories.move("refs/heads/main", to: try #require(tip), in: app.id, message: "test")
        let task = try #require(try await Cron(on: self).tasks(of: app).first)
        let commands: [any HostCommand] = [
            try BuildpacksAdd.parse(["shop", "heroku/nodejs"]),
            try AlternateLabelsAdd<CaddyCommands>.parse(["shop", "team", "red"]),
            try ConfigSet.parse(["--no-restart", "shop", "KEY=value"]),
            try CronRunCommand.parse(["shop", task.id, "--detach"]),
            try ResourceLimit.parse(["--memory", "512m", "shop"]),
            try RunDetached.parse(["shop", "ls"]),
            try StorageCreate.parse(["photos", "--annotation", "team=media", "--label", "tier=cold"]),
            try StorageMountCommand.parse(["shop", "photos", "--container-dir", "/photos"]),
        ]
        for command in commands { try await command.run(on: self) }
        return try await Apps(on: self).find(app.id)
    }
}
