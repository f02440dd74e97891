import Core
import Repositories
import Store

/// Where a deploy has left a branch.
///
/// Written when it moves, whatever ordered that and whether the release was started: of what the repository must have,
/// nothing else that is kept tells both the branch and the commit.
struct BranchTip: Sendable, Equatable {
    let branch: String
    let revision: Revision

    init(branch: String, revision: Revision) { (self.branch, self.revision) = (branch, revision) }

    /// Nil for what ``text`` does not write.
    init?(_ text: String) {
        let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
        guard parts.count == 2, let revision = try? Revision(parts[0]) else { return nil }
        self.init(branch: parts[1], revision: revision)
    }

    var text: String { "\(revision.text) \(branch)" }
}

extension Git {
    /// Nil where nothing was deployed from a branch yet.
    func movedBranch(of app: App) async throws -> BranchTip? {
        try await host.store.read { try PropertiesTable.value("git", Self.movedBranch, app.id, $0) }
            .flatMap(BranchTip.init)
    }
}
