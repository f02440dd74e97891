import Glibc

/// How far a place's clock on the wall is ahead of UTC, in minutes, at a minute counted from 1970 UTC.
struct HourZone: Sendable {
    var offset: @Sendable (Int64) -> Int64

    static let utc = HourZone { _ in 0 }

    /// This machine's, as its process found it when it began.
    static let host = HourZone { minute in
        var time = time_t(minute * 60)
        var parts = tm()
        guard localtime_r(&time, &parts) != nil else { return 0 }
        return Int64(parts.tm_gmtoff / 60)
    }
}
