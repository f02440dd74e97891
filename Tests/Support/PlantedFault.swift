import FoundationEssentials
import SystemPackage

/// A fault planted at a named step of an operation, for the next process that passes there; debug builds only.
package struct PlantedFault: Sendable {
    package enum Action: Sendable, CaseIterable {
        /// SIGKILL.
        case kill
        /// SIGSTOP.
        case freeze
        /// An error where none was.
        case fail
        /// A pause, and on it goes.
        case delay

        var words: String {
            switch self {
            case .kill: "kill"
            case .freeze: "stop"
            case .fail: "fail"
            case .delay: "delay 0.3"
            }
        }
    }

    package let point: String
    private let file: FilePath

    /// - Parameters:
    ///   - action: What happens there.
    ///   - point: `deploy.switch.begin`.
    ///   - sandbox: Where.
    /// - Throws: When the file cannot be written.
    package init(_ action: Action, at point: String, in sandbox: Sandbox) throws {
        self.point = point
        file = sandbox.state.appending("faults")
        try Data("\(point) \(action.words)\n".utf8).write(to: URL(filePath: file.string))
    }

    /// Whether somebody has passed there.
    package var hasStruck: Bool {
        let text = (try? String(contentsOfFile: file.string, encoding: .utf8)) ?? ""
        return !text.contains(point)
    }

    /// Takes it away when nobody did.
    package func remove() { try? FileManager.default.removeItem(atPath: file.string) }
}
