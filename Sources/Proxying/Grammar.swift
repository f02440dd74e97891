import Core
import Glibc
import SystemPackage

// What may reach nginx's configuration, byte by byte. A `Regex` compares characters, for which a Kelvin sign is a K;
// nginx reads bytes.

/// One to nine digits and one of the units.
func isQuantity(_ text: String, units: [String]) -> Bool {
    let digits = text.utf8.prefix(while: \.isDigit)
    guard (1...9).contains(digits.count) else { return false }
    return units.contains { text.utf8.dropFirst(digits.count).elementsEqual($0.utf8) }
}

/// A number and a size, one blank apart.
func isBuffers(_ text: String) -> Bool {
    let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    return words.count == 2 && isQuantity(words[0], units: [""])
        && isQuantity(words[1], units: ["", "k", "K", "m", "M"])
}

/// At least one letter or digit of ASCII or one of these marks, and nothing else.
func isMade(_ text: some StringProtocol, of marks: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { $0.isLetterOrDigit || marks.utf8.contains($0) }
}

/// Words and `$variables` apart by blanks or commas: nothing that ends a quoted string or a directive.
func isHeader(_ text: String) -> Bool {
    let words = text.split(omittingEmptySubsequences: true) { $0 == " " || $0 == "," }
    return !words.isEmpty
        && words.allSatisfy { $0.hasPrefix("$") ? isVariable($0.dropFirst()) : isMade($0, of: "._:-") }
}

private func isVariable(_ name: Substring) -> Bool {
    name.utf8.first?.isLowercaseLetter == true
        && name.utf8.allSatisfy { $0.isLowercaseLetterOrDigit || $0 == UInt8(ascii: "_") }
}

/// nginx opens its logs as root: one outside its own folder could write anywhere on the host.
func isLogPath(_ text: String) -> Bool {
    text.hasPrefix("/var/log/nginx/") && text.hasSuffix(".log") && isMade(text, of: "-_./") && !text.contains("..")
}

/// An absolute path that nginx reads as one word, without quotes, variables or patterns.
func isPlainPath(_ path: FilePath) -> Bool {
    path.isAbsolute && isMade(path.string, of: "-_./+@,:~") && !path.components.contains { $0.kind == .parentDirectory }
}

enum AddressFamily { case four, six }

func isAddress(_ text: String, _ family: AddressFamily) -> Bool {
    var buffer = in6_addr()
    // C ends the text at a zero byte and would not see what stands behind it.
    return !text.utf8.contains(0) && inet_pton(family == .four ? AF_INET : AF_INET6, text, &buffer) == 1
}

/// `ip:port`, IPv6 in brackets.
func isEndpoint(_ text: String) -> Bool {
    guard let colon = text.lastIndex(of: ":") else { return false }
    let host = String(text[..<colon])
    guard (try? Port(String(text[text.index(after: colon)...]))) != nil else { return false }
    if host.hasPrefix("["), host.hasSuffix("]") { return isAddress(String(host.dropFirst().dropLast()), .six) }
    return isAddress(host, .four)
}
