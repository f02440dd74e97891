import FoundationEssentials

/// The user's name and password that stand in a web address (RFC 3986 section 3.2.1), taken out of it.
///
/// The words of a program can be read by every user of the machine; so an address is handed to one without these, and
/// they go by its environment or its standard input.
package struct AddressLogin: Sendable, Equatable {
    /// The address without them.
    package let address: String
    package let user: String
    package let password: String
    /// Scheme and host, with a slash behind.
    private let site: String

    /// Nil for an address that holds none, and for one that is no web address.
    package init?(_ text: String) {
        guard let scheme = ["https://", "http://"].first(where: text.hasPrefix) else { return nil }
        let authority = text.dropFirst(scheme.count).prefix { $0 != "/" }
        guard let mark = authority.lastIndex(of: "@") else { return nil }
        let words = authority[..<mark].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            .map { $0.withoutPercentEncoding ?? String($0) }
        (user, password) = (words[0], words.count > 1 ? words[1] : "")
        site = "\(scheme)\(authority[authority.index(after: mark)...])/"
        address = String(site.dropLast()) + text.dropFirst(scheme.count + authority.count)
    }

    /// The name and the value of the setting by which git sends them, to this site only.
    package var gitSetting: (name: String, value: String) {
        let words = Data("\(user):\(password)".utf8).base64EncodedString()
        return ("http.\(site).extraHeader", "Authorization: Basic \(words)")
    }

    /// A file of options for curl.
    package var curlOptions: String {
        "user = \("\(user):\(password)".inDoubleQuotes)\n"
    }
}
