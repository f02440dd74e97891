import Core

/// Secrets that nobody has to think of.
enum ServiceSecret {
    /// 128 random bits as 32 hex digits, which mean nothing to a shell, to SQL or in a URL.
    static func make() -> String {
        var system = SystemRandomNumberGenerator()
        return (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &system) }.hex
    }

    /// One that a person chose.
    ///
    /// - Throws: ``Failure`` with code ``FailureCode/malformed``; it says nothing of the text.
    static func check(_ text: String) throws -> String {
        guard (16...128).contains(text.utf8.count), text.utf8.allSatisfy(\.isLetterOrDigit) else {
            throw Failure.malformed(
                "the password cannot be used",
                fix: "use 16 to 128 letters and digits, or leave it out: a random one of 128 bits is made"
            )
        }
        return text
    }

    /// What others may see of a text that may hold secrets.
    static func masked(_ text: String, _ secrets: [String]) -> String {
        secrets.filter { !$0.isEmpty }.reduce(text) { $0.replacing($1, with: "******") }
    }
}
