package import Core
import Files
import SystemPackage

extension Repositories {
    /// Lock files that a git which was killed has left; the caller sees to it that none runs.
    ///
    /// - Returns: Their names below the repository.
    package func removeLocks(of app: AppID) throws -> [String] {
        let top = path(of: app)
        let found = try ["HEAD", "config", "packed-refs", "shallow", "index"].map { "\($0).lock" }.filter {
            try readFile(top.appending($0)) != nil
        }
        let all = try found + locks(below: "refs", in: top)
        for name in all { try removeFile(top.appending(name)) }
        return all
    }

    private func locks(below folder: String, in top: FilePath) throws -> [String] {
        try listFolder(top.appending(folder)).flatMap { name -> [String] in
            let path = "\(folder)/\(name)"
            if name.hasSuffix(".lock") { return [path] }
            return (try? locks(below: path, in: top)) ?? []
        }
    }
}
