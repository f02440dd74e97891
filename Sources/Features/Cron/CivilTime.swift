/// What a clock on the wall and a calendar show.
struct CivilTime: Sendable, Equatable {
    var year: Int
    var month: Int
    var day: Int
    var hour: Int
    var minute: Int
    /// 0 to 6, from Sunday.
    var weekday: Int

    /// - Parameter minutes: Of the wall, from the start of 1970 on.
    init(_ minutes: Int64) {
        let (days, rest) = Self.divided(minutes, by: 1440)
        (hour, minute) = (Int(rest / 60), Int(rest % 60))
        weekday = Int(Self.divided(days + 4, by: 7).rest)
        // The Gregorian calendar in eras of 400 years that begin in March, so that the odd day is the last of a year.
        let shifted = days + 719_468
        let (era, dayOfEra) = Self.divided(shifted, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
        month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
        year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
    }

    private static func divided(_ number: Int64, by divisor: Int64) -> (quotient: Int64, rest: Int64) {
        let rest = ((number % divisor) + divisor) % divisor
        return ((number - rest) / divisor, rest)
    }

    static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
