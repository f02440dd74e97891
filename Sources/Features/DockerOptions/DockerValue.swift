import Core
import Engine

/// Values of options, each checked and in the engine's words.
enum DockerValue {
    static func number(_ text: String, _ range: ClosedRange<Int64>) throws -> JSON {
        guard let number = Int64(text), range.contains(number) else {
            throw Failure.malformed(
                "\(quoted(text)) is not a number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return .number(number)
    }

    /// Bytes, or with `b`, `k`, `m`, `g` behind them, as docker's own program reads them.
    static func bytes(_ text: String) throws -> Int64 {
        let units: [Character: Int64] = ["b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40]
        var digits = text.lowercased()
        if digits.count > 2, digits.hasSuffix("b"), let before = digits.dropLast().last, units[before] != nil {
            digits.removeLast()
        }
        let unit = digits.last.flatMap { units[$0] }
        if unit != nil { digits.removeLast() }
        guard !digits.isEmpty, digits.utf8.allSatisfy(\.isDigit), let number = Int64(digits) else {
            throw Failure.malformed("\(quoted(text)) is not an amount", fix: "write 512m or 1g; a bare number is bytes")
        }
        let (bytes, isTooMuch) = number.multipliedReportingOverflow(by: unit ?? 1)
        guard !isTooMuch, bytes > 0, bytes <= 1 << 50 else { throw Failure.malformed("\(quoted(text)) cannot be") }
        return bytes
    }

    /// One word without blanks.
    static func plainWord(_ text: String) throws -> String {
        guard !text.isEmpty, !text.contains(where: \.isWhitespace), !text.hasPrefix("-") else {
            throw Failure.malformed("\(quoted(text)) is not one word")
        }
        return text
    }

    static func word(_ text: String) throws -> JSON { .string(try plainWord(text)) }

    static func one(of words: [String], _ text: String) throws -> JSON {
        try Allowed.oneOf(words)(text)
        return .string(text)
    }

    /// `0-3,5`.
    static func ranges(_ text: String) throws -> JSON {
        guard text.utf8.allSatisfy({ $0.isDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ",") }),
            text.utf8.first?.isDigit == true
        else { throw Failure.malformed("\(quoted(text)) is not a list of numbers", fix: "write it as 0-3 or 0,2") }
        return .string(text)
    }

    static func absolutePath(_ text: String) throws -> String {
        guard text.hasPrefix("/"), !text.split(separator: "/").contains("..") else {
            throw Failure.malformed("\(quoted(text)) is not a path from / on")
        }
        return text
    }

    static func hostName(_ text: String) throws -> String {
        guard (1...253).contains(text.utf8.count), text.utf8.first?.isLetterOrDigit == true,
            text.utf8.allSatisfy({ $0.isLetterOrDigit || "-._".utf8.contains($0) })
        else { throw Failure.malformed("\(quoted(text)) is not the name of a host") }
        return text
    }

    /// `container[:alias]`; without an alias it goes by its own name.
    static func link(_ text: String) throws -> (guest: String, alias: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(parts.count) else {
            throw Failure.malformed("\(quoted(text)) is not a link", fix: "write it as CONTAINER:ALIAS")
        }
        return (try hostName(parts[0]), try hostName(parts[parts.count - 1]))
    }

    /// IPv4 or IPv6, by the letters it is made of; the engine reads it.
    static func address(_ text: String) throws -> JSON {
        let isFour = Subnet.number(text) != nil
        let isSix = text.contains(":") && text.utf8.allSatisfy { $0.isHexDigit || ":.".utf8.contains($0) }
        guard isFour || isSix else { throw Failure.malformed("\(quoted(text)) is not an address") }
        return .string(text)
    }

    /// `name:address`, or the newer `name=address`; the address may be `host-gateway`.
    static func hostLine(_ text: String) throws -> String {
        guard let mark = text.firstIndex(where: { $0 == ":" || $0 == "=" }) else {
            throw Failure.malformed("\(quoted(text)) is not NAME:ADDRESS")
        }
        let name = try hostName(String(text[..<mark]))
        let address = String(text[text.index(after: mark)...])
        if address != "host-gateway" { _ = try Self.address(address) }
        return "\(name):\(address)"
    }

    /// `KEY=VALUE` or `KEY`.
    static func variable(_ text: String) throws -> (key: String, value: String?) {
        guard let mark = text.firstIndex(of: "=") else { return (try ConfigKey(text).text, nil) }
        return (try ConfigKey(String(text[..<mark])).text, String(text[text.index(after: mark)...]))
    }

    /// `KEY=VALUE` or `KEY`, none of ours.
    static func label(_ text: String) throws -> (key: String, value: String) {
        let key = String(text.prefix { $0 != "=" })
        guard !key.isEmpty, !key.contains(where: \.isWhitespace) else {
            throw Failure.malformed("\(quoted(text)) is not a label", fix: "write it as KEY=VALUE")
        }
        guard !key.hasPrefix("slipway."), !key.hasPrefix("com.dokku."), key != "dokku" else {
            throw Failure(.notAllowed, "the label \(key) is not free", why: "slipway finds what is its own by it")
        }
        return (key, String(text.dropFirst(key.count + 1)))
    }

    /// `KEY=VALUE`.
    static func pair(_ text: String) throws -> (key: String, value: String) {
        guard let mark = text.firstIndex(of: "="), mark != text.startIndex else {
            throw Failure.malformed("\(quoted(text)) is not KEY=VALUE")
        }
        return (String(text[..<mark]), String(text[text.index(after: mark)...]))
    }

    /// `/dev/here[:/dev/there[:rwm]]`.
    static func device(_ text: String) throws -> JSON {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let rights = parts.count == 3 ? parts[2] : "rwm"
        guard (1...3).contains(parts.count), !rights.isEmpty, rights.allSatisfy({ "rwm".contains($0) }) else {
            throw Failure.malformed("\(quoted(text)) is not a device", fix: "write it as /dev/here:/dev/there:rwm")
        }
        let inside = parts.count > 1 ? parts[1] : parts[0]
        return .members([
            "PathOnHost": .string(try absolutePath(parts[0])), "PathInContainer": .string(try absolutePath(inside)),
            "CgroupPermissions": .string(rights),
        ])
    }

    /// `nofile=1024[:2048]`.
    static func ulimit(_ text: String) throws -> JSON {
        let (name, value) = try pair(text)
        let numbers = value.split(separator: ":", omittingEmptySubsequences: false).map { Int64($0) }
        guard name.utf8.allSatisfy(\.isLetterOrDigit), (1...2).contains(numbers.count), let soft = numbers[0],
            let hard = numbers[numbers.count - 1], soft >= -1, hard >= -1, hard == -1 || soft <= hard
        else { throw Failure.malformed("\(quoted(text)) is not a limit", fix: "write it as nofile=1024:2048") }
        return .members(["Name": .string(name), "Soft": .number(soft), "Hard": .number(hard)])
    }

    /// A profile would be a file of the caller's.
    static func securityOption(_ text: String) throws -> JSON {
        let profile = ["seccomp=", "seccomp:"].first { text.hasPrefix($0) }.map { text.dropFirst($0.count) }
        if let profile, !["unconfined", "builtin"].contains(profile) {
            throw Failure(
                .notAllowed,
                "\(quoted(text)) names a file",
                why: "docker's own program would send its contents; there is no caller to read it from"
            )
        }
        return try word(text)
    }

    /// `linux/arm64`.
    static func platform(_ text: String) throws -> String {
        guard (1...3).contains(text.split(separator: "/", omittingEmptySubsequences: false).count),
            text.utf8.allSatisfy({ $0.isLetterOrDigit || "/_.-".utf8.contains($0) }), !text.hasPrefix("/")
        else { throw Failure.malformed("\(quoted(text)) is not a platform", fix: "write it as linux/arm64") }
        return text
    }

    /// An image whose layers may be used: `name`, or `type=registry,ref=name`.
    static func cache(_ text: String) throws -> String {
        guard text.contains("=") else { return try plainWord(text) }
        let parts = try text.split(separator: ",").map { try pair(String($0)) }
        guard parts.allSatisfy({ $0.key == "ref" || $0.key == "type" && $0.value == "registry" }),
            let image = parts.first(where: { $0.key == "ref" })?.value
        else {
            throw Failure(.notAllowed, "\(quoted(text)) is no image", why: "the engine reads caches of images alone")
        }
        return try plainWord(image)
    }
}

extension UInt8 {
    fileprivate var isHexDigit: Bool {
        isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self | 0x20)
    }
}
