import Core
import Testing

@testable import Features

/// A minute of UTC, counted from 1970.
func utcMinute(_ year: Int, _ month: Int, _ day: Int, _ hour: Int = 0, _ minute: Int = 0) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let yearOfEra = shifted % 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    let days = shifted / 400 * 146_097 + dayOfEra - 719_468
    return Int64(days * 1440 + hour * 60 + minute)
}

@Suite struct `a schedule` {
    /// Central Europe in 2026: put forward on March 29th at 2, put back on October 25th at 3.
    static let berlin = HourZone { minute in
        utcMinute(2026, 3, 29, 1)..<utcMinute(2026, 10, 25, 1) ~= minute ? 120 : 60
    }

    private func next(_ text: String, after minute: Int64, in zone: HourZone = .utc) throws -> String {
        let time = CivilTime(try CronSchedule(text).next(after: minute, in: zone))
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(time.year)-\(two(time.month))-\(two(time.day)) \(two(time.hour)):\(two(time.minute))"
    }

    @Test(arguments: [
        (Int64(0), [1970, 1, 1, 0, 0, 4]), (utcMinute(2000, 2, 29, 23, 59), [2000, 2, 29, 23, 59, 2]),
        (utcMinute(2100, 3, 1), [2100, 3, 1, 0, 0, 1]), (Int64(-1), [1969, 12, 31, 23, 59, 3]),
    ])
    func `a minute is a day and a time`(minute: Int64, parts: [Int]) {
        let time = CivilTime(minute)
        #expect([time.year, time.month, time.day, time.hour, time.minute, time.weekday] == parts)
    }

    /// Each from Wednesday, 2026-07-15 12:34 UTC.
    @Test(arguments: [
        ("* * * * *", "2026-07-15 12:35"), ("*/15 * * * *", "2026-07-15 12:45"), ("34 12 * * *", "2026-07-16 12:34"),
        ("0 0 * * *", "2026-07-16 00:00"), ("@daily", "2026-07-16 00:00"), ("@midnight", "2026-07-16 00:00"),
        ("@hourly", "2026-07-15 13:00"), ("@weekly", "2026-07-19 00:00"), ("@monthly", "2026-08-01 00:00"),
        ("@yearly", "2027-01-01 00:00"), ("@ANNUALLY", "2027-01-01 00:00"), ("5,50 3-5 * * *", "2026-07-16 03:05"),
        ("0 9-17/4 * * *", "2026-07-15 13:00"), ("0 8/6 * * *", "2026-07-15 14:00"), ("0 0 29 2 *", "2028-02-29 00:00"),
        ("30 4 1,15 * 5", "2026-07-17 04:30"), ("0 0 1 jan-mar *", "2027-01-01 00:00"),
        ("0 0 * * sun", "2026-07-19 00:00"),
        ("0 0 * * 7", "2026-07-19 00:00"), ("0 0 * * FRI-7", "2026-07-17 00:00"), ("0 0 13 * 5", "2026-07-17 00:00"),
        ("0 0 13 * *", "2026-08-13 00:00"), ("0 0 */10 * 1", "2026-08-31 00:00"), ("0 0 ? 12 ?", "2026-12-01 00:00"),
        ("  1   2 * *  * ", "2026-07-16 02:01"),
    ])
    func `is due next at`(text: String, expected: String) throws {
        #expect(try next(text, after: utcMinute(2026, 7, 15, 12, 34)) == expected)
    }

    @Test(arguments: [
        "", "*", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *",
        "* * * 0 *", "* * * * 8", "5-1 * * * *", "*/0 * * * *", "*/x * * * *", "1//2 * * * *", "1,,2 * * * *",
        "-1 * * * *",
        "a * * * *", "* * * foo *", "@reboot", "@every 1h", "0 0 30 2 *", "0 0 31 4,6 *", "1.5 * * * *", "* * * * mon-",
        "\u{661} * * * *", "99999999999999999999 * * * *",
    ])
    func `what is none is refused`(text: String) {
        #expect { try CronSchedule(text) } throws: { ($0 as? Failure)?.code == .malformed }
    }

    @Test func `the 29th of February may be eight years away`() throws {
        #expect(try next("0 0 29 2 *", after: utcMinute(2096, 3, 1)) == "2104-02-29 00:00")
    }

    @Test func `a time that is left out in spring is due right behind the gap, once`() throws {
        let schedule = try CronSchedule("30 2 * * *")
        let first = utcMinute(2026, 3, 28, 12)
        let due = schedule.due(after: first, through: first + 2 * 1440, in: Self.berlin, limit: 9)
        // 01:00 UTC is 03:00 of summer time; the next day it is 02:30 again, which is 00:30 UTC.
        #expect(due == [utcMinute(2026, 3, 29, 1), utcMinute(2026, 3, 30, 0, 30)])
    }

    @Test func `a time that comes twice in autumn is due at the first`() throws {
        let schedule = try CronSchedule("30 2 * * *")
        let first = utcMinute(2026, 10, 24, 12)
        let due = schedule.due(after: first, through: first + 2 * 1440, in: Self.berlin, limit: 9)
        #expect(due == [utcMinute(2026, 10, 25, 0, 30), utcMinute(2026, 10, 26, 1, 30)])
    }

    @Test func `one about how often goes on by real minutes through both`() throws {
        let schedule = try CronSchedule("*/30 * * * *")
        for first in [utcMinute(2026, 3, 29), utcMinute(2026, 10, 25)] {
            let due = schedule.due(after: first, through: first + 240, in: Self.berlin, limit: 99)
            #expect(due == (1...8).map { first + $0 * 30 })
        }
    }

    @Test func `days are those of the wall`() throws {
        #expect(try next("0 0 * * *", after: utcMinute(2026, 7, 15, 12), in: Self.berlin) == "2026-07-15 22:00")
        let due = try CronSchedule("0 0 1 * *").next(after: utcMinute(2026, 3, 2), in: Self.berlin)
        #expect(due == utcMinute(2026, 3, 31, 22))
    }

    @Test func `a gap at midnight hides no day`() throws {
        let zone = HourZone { $0 < utcMinute(2026, 5, 10, 4) ? -240 : -180 }
        let due = try CronSchedule("15 0 10 5 *").next(after: utcMinute(2026, 5, 1), in: zone)
        #expect(due == utcMinute(2026, 5, 10, 4))
    }

    @Test func `this machine's zone is within a day of UTC`() {
        #expect(abs(HourZone.host.offset(utcMinute(2026, 7, 15))) < 1440)
    }

    @Test func `of many that are due the latest are told`() throws {
        let due = try CronSchedule("* * * * *").due(after: 0, through: 5000, in: .utc, limit: 10)
        #expect(due == Array(4991...5000))
    }
}
