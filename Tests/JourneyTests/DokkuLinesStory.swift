import Core
import FoundationEssentials
import Programs
import Support
import SystemPackage
import Testing

@Suite(
    "Everyday lines of Dokku's run unchanged under its name",
    .serialized,
    .enabled(if: Sandbox.isWanted),
    .timeLimit(.minutes(15))
)
struct DokkuLinesStory {
    static let app = "story-dokku"
    let sandbox: Sandbox

    init() throws { sandbox = try .current() }

    @Test func `a life of an app, line by line`() async throws {
        let folder = try TemporaryFolder()
        let program = folder.path.appending("dokku")
        try FileManager.default.createSymbolicLink(
            atPath: program.string,
            withDestinationPath: sandbox.binary.string
        )
        let scene = scene(program)
        try await clear(scene)
        do {
            for line in DokkuLines.beforeThePush { try await check(line, scene, input: []) }
            var files = TestApps.withWorker("one")
            files["app.json"] = #"{"cron": [{"command": "/bin/true", "schedule": "@daily"}]}"#
            let repo = try await TestRepo(files)
            _ = try await repo.push(to: sandbox, Self.app).succeeded("the push")
            #expect(try await sandbox.http("\(Self.app).dokku.example").get().body == "hello one\n")
            try await certificates(scene)
            for line in DokkuLines.afterThePush { try await check(line, scene, input: []) }
            try await clear(scene)
        } catch {
            try? await clear(scene)
            throw error
        }
    }

    @Test func `there are as many lines as were promised`() {
        #expect(DokkuLines.beforeThePush.count + DokkuLines.afterThePush.count + 4 >= 60)
    }

    /// `certs:add` reads a tar from its standard input.
    private func certificates(_ scene: DokkuScene) async throws {
        let name = "\(Self.app).dokku.example"
        let pair = try await Certificate(for: [name], commonName: "dokku-lines")
        try await check(DokkuLine("certs:add APP"), scene, input: pair.archive)
        #expect(try await sandbox.commonName(shownFor: name) == "dokku-lines")
        try await check(DokkuLine("certs:report APP --ssl-enabled", says: ["true\n"]), scene, input: [])
        try await check(DokkuLine("certs:show APP crt", says: ["-----BEGIN CERTIFICATE-----"]), scene, input: [])
        try await check(DokkuLine("certs:remove APP"), scene, input: [])
        #expect(try await sandbox.commonName(shownFor: name) == nil)
    }

    private func scene(_ program: FilePath) -> DokkuScene {
        let environment = ProgramEnvironment.inherited(adding: ["SLIPWAY_ROOT": sandbox.state.string])
        return DokkuScene(sandbox: sandbox, app: Self.app) { words, input in
            try await .run(Program(program, words, environment: environment, input: input, limit: 16 << 20))
        }
    }

    private func check(_ line: DokkuLine, _ scene: DokkuScene, input: [UInt8]) async throws {
        let data = sandbox.state.appending("storage/\(Self.app)-data").string
        func filled(_ text: String) -> String {
            text.replacing("DATA", with: data).replacing("APP", with: Self.app)
        }
        let words = try ShellWords.split(filled(line.words))
        let ended = try await scene.dokku(words, input: input)
        #expect(ended.status == line.status, "dokku \(line.words): \(ended)")
        for text in line.says { #expect((ended.out + "\n").contains(filled(text)), "dokku \(line.words): \(ended)") }
        for text in line.warns { #expect(ended.err.contains(filled(text)), "dokku \(line.words): \(ended)") }
        if line.isSilent { #expect(ended.out.isEmpty && ended.err.isEmpty, "dokku \(line.words): \(ended)") }
        if ended.status != 0, !line.isSilent, line.status != 3 { #expect(ended.err.contains(" !     "), "\(ended)") }
        if let effect = line.effect { #expect(try await effect(scene), "after dokku \(line.words)") }
    }

    private func clear(_ scene: DokkuScene) async throws {
        for app in [Self.app, "\(Self.app)-copy", "\(Self.app)-other"] {
            _ = try await scene.dokku(["apps:destroy", "--force", app])
        }
        _ = try await scene.dokku(["network:destroy", "--force", "story-dokku-net"])
    }
}
