import ArgumentParser
import Core

/// Needs no host, so that it answers also where nothing else does.
struct ExplainCommand: HostlessCommand {
    static let configuration = CommandConfiguration.verb(
        "explain",
        "What the code of a failure means, and what to do; without one, all codes",
        examples: ["explain P104", "explain"]
    )
    static let permission = Permission.none
    /// Of one code the object alone.
    static let answers: JSONShape? = .list(
        .object([
            "code": .text, "status": .number,
            "page": .object(["meaning": .text, "causes": .list(.text), "cures": .list(.text)]),
        ])
    )
    @OptionGroup var format: FormatOptions
    @Argument(help: "The code, as it stands in front of the failure") var code: String?

    private struct Shown: Encodable {
        var code: FailureCode
        var status: Int32
        var page: CodePage
    }

    func say(to output: Output) throws {
        let codes: [FailureCode]
        if let code {
            guard let known = FailureCode(rawValue: code.uppercased()) else {
                throw Failure(.notFound, "\(quoted(code)) is not a code", fix: "slipway explain lists them")
            }
            codes = [known]
        } else {
            codes = FailureCode.allCases
        }
        if format.wantsJSON {
            let shown = codes.map { Shown(code: $0, status: $0.status.rawValue, page: $0.page) }
            return code == nil ? try output.answer(json: shown) : try output.answer(json: shown[0])
        }
        output.answer(
            lines: code == nil ? table(codes.map { [$0.rawValue, $0.page.meaning] }) : codes[0].page.lines(codes[0])
        )
    }
}
