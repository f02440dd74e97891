import Core
import FoundationEssentials

/// One `-----BEGIN X-----` block of a PEM text (RFC 7468), read as leniently as nginx does: any line length, CRLF, and
/// whatever stands between the blocks.
struct PEMBlock: Sendable, Equatable {
    /// What stands after BEGIN: `CERTIFICATE`, `PRIVATE KEY`.
    let label: String
    let der: [UInt8]
    /// A passphrase is needed to read it.
    let isEncrypted: Bool

    /// The blocks of a text, in order; none when it is no PEM.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/badCertificate`` for a block that is cut short or damaged. It never
    ///   quotes the text, which may be a key.
    static func all(in bytes: [UInt8]) throws(Failure) -> [PEMBlock] {
        var blocks: [PEMBlock] = []
        var open: (label: String, body: String, isEncrypted: Bool)?
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let text = String(line).trimmed
            if let label = marker("BEGIN", text) {
                guard open == nil else { throw .badPEM("a block begins inside another") }
                open = (label, "", label.hasPrefix("ENCRYPTED"))
            } else if let label = marker("END", text) {
                guard let block = open, block.label == label else { throw .badPEM("a block ends that never began") }
                guard let der = Data(base64Encoded: block.body), !der.isEmpty || block.isEncrypted else {
                    throw .badPEM("the \(cleaned(label)) in it is damaged")
                }
                blocks.append(PEMBlock(label: label, der: Array(der), isEncrypted: block.isEncrypted))
                open = nil
            } else if text.contains(":") {
                // A header of the older form (RFC 1421): Proc-Type and DEK-Info of an encrypted key.
                if text.contains("ENCRYPTED") { open?.isEncrypted = true }
            } else {
                open?.body += text
            }
        }
        guard open == nil else { throw .badPEM("its last block has no end") }
        return blocks
    }

    private static func marker(_ word: String, _ line: String) -> String? {
        guard line.hasSuffix("-----"), let start = line.firstRange(of: "-----\(word) ") else { return nil }
        return String(line[start.upperBound...].dropLast(5))
    }
}

extension Failure {
    fileprivate static func badPEM(_ why: String) -> Failure {
        Failure(.badCertificate, "the PEM text cannot be read", why: why, fix: "copy the file again, whole")
    }
}
