import CGit
package import Core

/// What can go wrong with a repository.
package enum GitError: Error, Equatable, Explained {
    /// libgit2 refused; `words` are its own.
    case failed(doing: String, code: Int32, words: String)
    case noSuchRevision(String)
    /// A branch is not where its mover believed it to be.
    case moved(reference: String)
    case badName(String)
    /// The commit holds something that cannot become a build context.
    case badTree(path: String, why: String)
    case noSuchFolder(String)
    case tooLarge(path: String, size: Int64, limit: Int64)
    case badArchive(path: String, why: String)
    case noFiles
    case badSubmodule(path: String, why: String, fix: String?)
    /// A repository elsewhere gives nothing.
    case noRemote(url: String, why: String)
    case programFailed(doing: String, status: Int32, words: String)

    package var failure: Failure {
        switch self {
        case .failed(let doing, let code, let words):
            Failure(
                code == GIT_ELOCKED.rawValue ? .busy : .disk,
                "git: \(doing) did not work",
                why: cleaned(words, keepTabs: false),
                fix: "slipway doctor checks the repositories; try again when it is content"
            )
        case .noSuchRevision(let text): Failure(.notFound, "revision \(quoted(text)) is not in the repository")
        case .moved(let reference):
            Failure(.branchMoved, "\(reference) was moved by somebody else", fix: "fetch and push again")
        case .badName(let name): Failure(.malformed, "\(quoted(name)) is not the name of a branch or reference")
        case .badTree(let path, let why): Failure(.badSource, "\(quoted(path)) cannot be built from", why: why)
        case .noSuchFolder(let folder):
            Failure(
                .badSource,
                "folder \(quoted(folder)) is not in this commit",
                fix: "commit it, or change the build-dir setting"
            )
        case .tooLarge(let path, let size, let limit):
            Failure(
                .badSource,
                "\(quoted(path)) is too large to be read",
                why: "it has \(byteWords(size)), \(byteWords(limit)) are allowed"
            )
        case .badArchive(let path, let why):
            Failure(.badSource, "\(quoted(path)) cannot be put into a commit", why: why)
        case .noFiles: Failure(.badSource, "there are no files to commit")
        case .badSubmodule(let path, let why, let fix):
            Failure(.badSubmodule, "submodule \(quoted(path)) cannot be fetched", why: why, fix: fix)
        case .noRemote(let url, let why):
            Failure(
                .badSource,
                "nothing could be fetched from \(quoted(url))",
                why: cleaned(why, keepTabs: false),
                fix: "check the address; slipway git:auth HOST USER, git:allow-host HOST and git:public-key let us in"
            )
        case .programFailed(let doing, let status, let words):
            Failure(
                .programFailed,
                "git: \(doing) did not work",
                why: "it ended with \(status): \(cleaned(words, keepTabs: false))"
            )
        }
    }
}

/// Turns a negative answer of libgit2 into an error with its words.
///
/// The words are kept per thread and overwritten by the next call, so this is called at once.
@discardableResult
func check(_ code: Int32, _ doing: @autoclosure () -> String) throws(GitError) -> Int32 {
    guard code < 0 else { return code }
    let words = git_error_last().flatMap { $0.pointee.message }.map { String(cString: $0) } ?? "no reason given"
    throw .failed(doing: doing(), code: code, words: words)
}
