import Core
import Files
import Proxying
import SystemPackage

/// The files that nginx reads of an app's certificate: derived from its row, and named after their content.
///
/// A replaced pair lies beside the old one until nginx has loaded it, so that nginx never sees half of a pair.
struct CertsFolder: Sendable {
    let path: FilePath

    func files(of pair: CertificatePair) -> CertificateFiles {
        CertificateFiles(
            certificate: path.appending("\(pair.name).crt"),
            key: path.appending("\(pair.name).key")
        )
    }

    /// Writes what is not there as it should be; folder 0700, files 0600.
    func write(_ pair: CertificatePair) throws -> CertificateFiles {
        let files = files(of: pair)
        for (path, text) in [(files.key, pair.key), (files.certificate, pair.chain)]
        where try readFile(path) != Array(text.utf8) {
            try writeFile(path, Array(text.utf8))
        }
        return files
    }

    /// Removes every file but those of `pair`.
    func tidy(keeping pair: CertificatePair?) throws {
        for name in try listFolder(path)
        where pair.map({ name != "\($0.name).crt" && name != "\($0.name).key" }) ?? true {
            try removeFile(path.appending(name))
        }
    }
}
