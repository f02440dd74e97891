import Core

/// When a task is due: five fields as crontab(5) has them, or `@daily` and its like.
///
/// Minute, hour, day of the month, month, day of the week; each `*`, a number, a range `a-b`, a step `/n`, or a list of
/// these. Months and days of the week have English names of three letters; Sunday is 0 and 7. Where both kinds of day
/// are restricted, either is enough; a day field that begins with `*` restricts nothing by this rule.
///
/// Fields are about the clock on the wall. When it is put forward, a task at a fixed time that is left out is due at the
/// first minute behind the gap; when it is put back, such a task is due at the first of the two, not again. A task whose
/// minute or hour begins with `*` is about how often, so it is due by the minutes that really pass.
struct CronSchedule: Sendable, Equatable, CustomStringConvertible {
    /// As it was written, blanks made single.
    let text: String
    let minutes: Set<Int>
    let hours: Set<Int>
    let days: Set<Int>
    let months: Set<Int>
    /// 0 to 6, from Sunday.
    let weekdays: Set<Int>
    private let restrictsDays: Bool
    private let restrictsWeekdays: Bool
    /// Minute or hour begin with `*`.
    private let isAboutHowOften: Bool

    static let names = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
    ]

    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(_ text: String) throws(Failure) {
        let written = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let plain = Self.names[written.lowercased()] ?? written
        let fields = plain.split(separator: " ").map(String.init)
        guard fields.count == 5, text.utf8.count <= 256 else { throw Self.bad(text, "it has \(fields.count) fields") }
        self.text = written
        minutes = try CronField.minute.values(fields[0], in: text)
        hours = try CronField.hour.values(fields[1], in: text)
        days = try CronField.day.values(fields[2], in: text)
        months = try CronField.month.values(fields[3], in: text)
        weekdays = Set(try CronField.weekday.values(fields[4], in: text).map { $0 % 7 })
        let isOpen = fields.map { $0.hasPrefix("*") || $0.hasPrefix("?") }
        (restrictsDays, restrictsWeekdays) = (!isOpen[2], !isOpen[4])
        isAboutHowOften = isOpen[0] || isOpen[1]
        let longest = months.map { CivilTime.days(in: $0, of: 2000) }.max() ?? 0
        guard restrictsWeekdays || (days.min() ?? 1) <= longest else { throw Self.bad(text, "no month has that day") }
    }

    var description: String { text }

    static func bad(_ text: String, _ why: String) -> Failure {
        Failure(
            .malformed,
            "\(quoted(text)) is not a schedule",
            why: why,
            fix: "write MINUTE HOUR DAY MONTH WEEKDAY, like \"30 4 * * 1-5\", or one of "
                + "@hourly, @daily, @weekly, @monthly, @yearly"
        )
    }
}

// MARK: When

extension CronSchedule {
    /// Whether the clock on the wall shows a time at which it is due.
    func matches(_ time: CivilTime) -> Bool {
        minutes.contains(time.minute) && hours.contains(time.hour) && matchesDay(time)
    }

    private func matchesDay(_ time: CivilTime) -> Bool {
        guard months.contains(time.month) else { return false }
        let (day, weekday) = (days.contains(time.day), weekdays.contains(time.weekday))
        return restrictsDays && restrictsWeekdays ? day || weekday : day && weekday
    }

    /// Whether it is due in this minute, counted from 1970 UTC.
    func isDue(at minute: Int64, in zone: HourZone) -> Bool {
        let (now, before) = (zone.offset(minute), zone.offset(minute - 1))
        let isHere = matches(CivilTime(minute + now))
        if isAboutHowOften { return isHere }
        if isHere { return !wasShown(minute, now, zone) }
        guard now > before else { return false }
        return (minute + before..<minute + now).contains { matches(CivilTime($0)) }
    }

    /// Whether the wall showed the same once before, because it was put back in between.
    private func wasShown(_ minute: Int64, _ now: Int64, _ zone: HourZone) -> Bool {
        let earlier = zone.offset(minute - 180)
        return earlier > now && zone.offset(minute - (earlier - now)) == earlier
    }

    /// The first minute after this one in which it is due.
    func next(after minute: Int64, in zone: HourZone) -> Int64 {
        var candidate = minute + 1
        // The 29th of February may be eight years off; what is farther off was refused when it was read.
        let end = minute + 9 * 366 * 1440
        while candidate < end {
            if isDue(at: candidate, in: zone) { return candidate }
            candidate += step(from: candidate, in: zone)
        }
        return end
    }

    /// How far it cannot be due: the rest of a day of the wall that does not match, one minute otherwise.
    private func step(from minute: Int64, in zone: HourZone) -> Int64 {
        let offset = zone.offset(minute)
        let time = CivilTime(minute + offset)
        guard !matchesDay(time) else { return 1 }
        let rest = Int64(1440 - time.hour * 60 - time.minute)
        return zone.offset(minute + rest) == offset ? rest : 1
    }

    /// Every minute in which it is due, behind the first up to and with the last; at most `limit`, the latest ones.
    func due(after first: Int64, through last: Int64, in zone: HourZone, limit: Int) -> [Int64] {
        var result: [Int64] = []
        var minute = next(after: first, in: zone)
        while minute <= last {
            result.append(minute)
            if result.count > limit { result.removeFirst() }
            minute = next(after: minute, in: zone)
        }
        return result
    }
}

// MARK: Fields

/// One of the five fields: what it may hold.
private struct CronField {
    let title: String
    let range: ClosedRange<Int>
    var names: [String] = []

    static let minute = CronField(title: "minute", range: 0...59)
    static let hour = CronField(title: "hour", range: 0...23)
    static let day = CronField(title: "day of the month", range: 1...31)
    static let month = CronField(
        title: "month",
        range: 1...12,
        names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    )
    static let weekday = CronField(
        title: "day of the week",
        range: 0...7,
        names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
    )

    func values(_ field: String, in text: String) throws(Failure) -> Set<Int> {
        var result: Set<Int> = []
        for part in field.split(separator: ",", omittingEmptySubsequences: false) {
            guard let values = values(of: String(part)) else {
                throw CronSchedule.bad(
                    text,
                    "\(quoted(String(part))) is not a \(title), \(range.lowerBound) to \(range.upperBound)"
                )
            }
            result.formUnion(values)
        }
        return result
    }

    private func values(of part: String) -> Set<Int>? {
        let halves = part.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard halves.count <= 2 else { return nil }
        var step = 1
        if halves.count == 2 {
            guard let number = Self.number(halves[1]), number > 0 else { return nil }
            step = number
        }
        guard let bounds = bounds(halves[0], isStepped: halves.count == 2) else { return nil }
        return Set(stride(from: bounds.lowerBound, through: bounds.upperBound, by: step))
    }

    private func bounds(_ text: String, isStepped: Bool) -> ClosedRange<Int>? {
        if text == "*" || text == "?" { return range.lowerBound...(names.count == 7 ? 6 : range.upperBound) }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard ends.count <= 2, let first = value(ends[0]) else { return nil }
        if ends.count == 1 { return first...(isStepped ? max(first, range.upperBound) : first) }
        guard let last = value(ends[1]), first <= last else { return nil }
        return first...last
    }

    private func value(_ text: String) -> Int? {
        if let index = names.firstIndex(of: text.lowercased()) { return index + range.lowerBound }
        guard let number = Self.number(text), range.contains(number) else { return nil }
        return number
    }

    private static func number(_ text: String) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 4, text.utf8.allSatisfy(\.isDigit) else { return nil }
        return Int(text)
    }
}
