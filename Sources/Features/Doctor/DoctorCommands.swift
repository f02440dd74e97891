import ArgumentParser
import Core

enum DoctorCommands {
    static let all: [any HostCommand.Type] = [DoctorCommand.self]
}

struct DoctorCommand: HostCommand {
    static let configuration = CommandConfiguration.verb(
        "doctor",
        "What is wrong with this host or an app, and how to mend it; exit 1 when something is",
        examples: ["doctor", "doctor shop --format json"],
        details: "--fix writes again what is derived from the database, and touches nothing else."
    )
    static let permission = Permission.administer
    static let answers: JSONShape? = .list(
        .object(["check": .text, "level": .text, "fact": .text, "cure": .optional(.text), "code": .optional(.text)])
    )
    @OptionGroup var format: FormatOptions
    @Flag(help: "First write again what is derived") var fix = false
    @Argument(help: "Only this app") var app: AppName?

    func run(on host: Host) async throws {
        let looks: [Doctor.Look]
        if let app { looks = Doctor.looks(at: try await Apps(on: host).find(app)) } else { looks = Doctor.hostLooks }
        if fix { try await mend(host) }
        let findings = await Doctor(on: host).examine(looks)
        if format.wantsJSON {
            try host.output.answer(json: findings)
        } else {
            host.output.answer(lines: findings.flatMap(\.lines))
        }
        if findings.contains(where: { $0.level == .fail }) { throw ExitCode(1) }
    }

    private func mend(_ host: Host) async throws {
        let remedies = try await Doctor(on: host).remedies()
        for remedy in remedies { host.output.detail("will \(remedy.words)") }
        for remedy in remedies {
            do {
                try await remedy.apply()
                host.output.step("done: \(remedy.words)")
            } catch {
                host.output.failure(Failure(error))
            }
        }
    }
}
