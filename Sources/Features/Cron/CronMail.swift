import Core
import Programs
import Scheduling
import SystemPackage

/// Mails what runs say, as cron does: when they say something, or end badly.
struct CronMail: Sendable {
    private static let program = "/usr/sbin/sendmail"

    let cron: Cron

    init(_ cron: Cron) { self.cron = cron }

    /// Never throws: a mail that cannot be sent must not keep anything from going on.
    func tell(of run: CronRun, _ lines: [LogLine]) async {
        let isFine = run.state == .ended && run.exitCode == 0
        guard !isFine || !lines.isEmpty, run.state != .replaced else { return }
        let host = cron.host
        do {
            let values = try await Properties("cron", on: host).all(Cron.properties, of: nil)
            guard let to = values["mailto"], !to.isEmpty else { return }
            let from = values["mailfrom"] ?? ""
            let name = try await Apps(on: host).known(run.app)?.name.text ?? run.app.text
            let receivers = to.split(separator: ",").map(String.init)
            let program = Program(
                FilePath(Self.program),
                ["-i"] + (from.isEmpty ? [] : ["-f", from]) + ["--"] + receivers,
                input: Array(Self.text(run, name, lines, from: from, to: to).utf8)
            )
            let outcome = try await host.programs.run(program)
            guard outcome.ending.isSuccess else {
                return host.output.warn("cron: sendmail ended with \(outcome.ending.status)")
            }
        } catch {
            host.output.warn("cron: no mail could be sent: \(Failure(error).what)")
        }
    }

    static func text(_ run: CronRun, _ app: String, _ lines: [LogLine], from: String, to: String) -> String {
        let command = cleaned(run.command, keepTabs: false)
        var text = from.isEmpty ? "" : "From: \(from)\n"
        text += "To: \(to)\nSubject: cron \(app): \(command.prefix(120))\nAuto-Submitted: auto-generated\n"
        text += "Content-Type: text/plain; charset=utf-8\n\n"
        let code = run.exitCode.map { ", exit \($0)" } ?? ""
        text += "\(app): \(command)\n\(run.words)\(code)\(run.reason.map { ": \($0)" } ?? "")\n\n"
        return text + lines.map { "\($0.text)\n" }.joined()
    }
}
