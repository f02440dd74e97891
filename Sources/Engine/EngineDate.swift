import Core
import FoundationEssentials

/// A moment as the engine writes it: RFC 3339 text with up to nine digits after the second, or seconds since 1970.
enum EngineDate {
    /// The moment, or nothing for Go's zero time (year 1) and for what is no RFC 3339 text.
    static func date(_ text: String) -> Date? {
        var scanner = Scanner(rest: Substring(text).utf8)
        guard let year = scanner.number(4), scanner.skip("-"), let month = scanner.number(2), scanner.skip("-"),
            let day = scanner.number(2), scanner.skip("T") || scanner.skip("t") || scanner.skip(" "),
            let hour = scanner.number(2), scanner.skip(":"), let minute = scanner.number(2), scanner.skip(":"),
            let second = scanner.number(2), (1...12).contains(month), (1...31).contains(day), year > 1
        else { return nil }
        let fraction = scanner.fraction()
        guard let offset = scanner.offset(), scanner.rest.isEmpty else { return nil }
        let seconds = days(year: year, month: month, day: day) * 86400 + hour * 3600 + minute * 60 + second - offset
        return Date(timeIntervalSince1970: Double(seconds) + fraction)
    }

    /// Seconds since 1970 with nine digits, as the engine's `since` and `until` want them.
    static func query(_ date: Date) -> String {
        let whole = date.timeIntervalSince1970.rounded(.down)
        let nanoseconds = Int(((date.timeIntervalSince1970 - whole) * 1e9).rounded(.down))
        return "\(Int(whole)).\("\(nanoseconds)".leftPadded(to: 9).replacing(" ", with: "0"))"
    }

    /// Days since 1970-01-01 in the Gregorian calendar, counting years from March so that the leap day comes last.
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let era = shifted / 400
        let yearOfEra = shifted % 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468
    }

    private struct Scanner {
        var rest: Substring.UTF8View

        mutating func number(_ digits: Int) -> Int? {
            let taken = rest.prefix(digits)
            guard taken.count == digits, taken.allSatisfy(\.isDigit) else { return nil }
            rest = rest.dropFirst(digits)
            return Int(Substring(taken))
        }

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest = rest.dropFirst()
            return true
        }

        mutating func fraction() -> Double {
            guard skip(".") else { return 0 }
            let digits = rest.prefix(while: \.isDigit)
            rest = rest.dropFirst(digits.count)
            return Double("0.\(Substring(digits))0") ?? 0
        }

        /// Seconds east of Greenwich.
        mutating func offset() -> Int? {
            if skip("Z") || skip("z") { return 0 }
            let sign = skip("-") ? -1 : skip("+") ? 1 : 0
            guard sign != 0, let hours = number(2), skip(":"), let minutes = number(2) else { return nil }
            return sign * (hours * 3600 + minutes * 60)
        }
    }
}

/// A date member that is text in some answers and a number in others; nothing when it is absent, zero or strange.
struct LenientDate: Decodable {
    let date: Date?

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let seconds = try? container.decode(Double.self) {
            date = seconds > 0 ? Date(timeIntervalSince1970: seconds) : nil
        } else {
            date = (try? container.decode(String.self)).flatMap(EngineDate.date)
        }
    }
}
