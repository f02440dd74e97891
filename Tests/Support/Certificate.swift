import FoundationEssentials
import Programs
import SystemPackage

/// A self-signed certificate made by openssl.
package struct Certificate: Sendable {
    package let certificate: [UInt8]
    package let key: [UInt8]
    /// A tar with `server.crt` and `server.key`, as `certs:add` reads it from standard input.
    package let archive: [UInt8]

    /// - Throws: ``Unsuccessful``.
    package init(for names: [String], commonName: String, days: Int = 30) async throws {
        let folder = FilePath(FileManager.default.temporaryDirectory.path)
            .appending("slipway-certificate-\(UInt64.random(in: .min ... .max))")
        try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder.string) }
        let alternatives = names.map { "DNS:\($0)" }.joined(separator: ",")
        let words = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "\(days)",
            "-subj", "/CN=\(commonName)", "-addext", "subjectAltName=\(alternatives)",
            "-keyout", "server.key", "-out", "server.crt",
        ]
        _ = try await Finished.run(Program("/usr/bin/openssl", words, directory: folder)).succeeded("openssl req")
        certificate = Array(try Data(contentsOf: URL(filePath: folder.appending("server.crt").string)))
        key = Array(try Data(contentsOf: URL(filePath: folder.appending("server.key").string)))
        let tar = Program("/bin/tar", ["-C", folder.string, "-c", "server.crt", "server.key"])
        archive = try await Finished.run(tar).succeeded("tar").bytes
    }
}

extension Sandbox {
    /// The common name of the certificate that is shown for a name; nil when the handshake is refused.
    package func commonName(shownFor host: String) async throws -> String? {
        let words = ["s_client", "-connect", "127.0.0.1:\(httpsPort)", "-servername", host]
        let shown = try await Finished.run(Program("/usr/bin/openssl", words))
        guard let start = shown.out.firstRange(of: "-----BEGIN CERTIFICATE-----")?.lowerBound else { return nil }
        let subject = Program(
            "/usr/bin/openssl",
            ["x509", "-noout", "-subject", "-nameopt", "multiline"],
            input: Array(shown.out[start...].utf8)
        )
        let lines = try await Finished.run(subject).succeeded("openssl x509").out.split(separator: "\n")
        guard let line = lines.first(where: { $0.contains("commonName") }) else { return nil }
        return line.split(separator: "=", maxSplits: 1).last.map { String($0.drop(while: \.isWhitespace)) }
    }
}
