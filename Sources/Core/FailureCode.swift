/// The stable name of a kind of failure; `slipway explain CODE` tells more of each.
package enum FailureCode: String, CaseIterable, Sendable, Codable {
    case malformed = "P001"
    case usage = "P002"
    case unknownCommand = "P003"
    case noSuchApp = "P004"
    case notFound = "P005"
    case taken = "P006"
    case unchangeable = "P007"
    case notDeployed = "P008"
    case unchanged = "P009"

    case noDockerfile = "P101"
    case buildFailed = "P102"
    case buildOutOfMemory = "P103"
    case loopbackOnly = "P104"
    case wrongPort = "P105"
    case nothingListens = "P106"
    case exited = "P107"
    case unhealthy = "P108"
    case releaseCommandFailed = "P109"
    case outOfMemory = "P110"
    case badProcfile = "P111"
    case badAppJSON = "P112"
    case badSubmodule = "P113"
    case badSource = "P114"
    case startFailed = "P115"

    case busy = "P201"
    case superseded = "P202"
    case locked = "P203"
    case cancelled = "P204"
    case branchMoved = "P205"
    case lostLock = "P206"
    case refusedPush = "P207"
    case someFailed = "P208"

    case proxyRefused = "P304"
    case domainTaken = "P305"
    case badCertificate = "P306"
    case proxyDown = "P307"

    case engineUnreachable = "P403"
    case noSubnet = "P404"
    case noAddress = "P405"
    case engineRefused = "P406"
    case registryRefused = "P407"

    case notAllowed = "P501"
    case unconfirmed = "P502"

    case newerDatabase = "P601"
    case disk = "P602"
    case notSetUp = "P603"
    case programFailed = "P604"
    case pluginFailed = "P605"
    case diskFull = "P606"
    case bug = "P999"

    /// The exit status of a command that ends in this failure.
    package var status: ExitStatus {
        switch self {
        case .malformed, .usage, .unknownCommand: .usage
        case .noSuchApp: .noSuchApp
        case .taken, .superseded, .branchMoved, .refusedPush, .domainTaken, .notAllowed, .newerDatabase,
            .unchangeable, .diskFull:
            .refused
        case .busy, .locked: .busy
        case .unconfirmed: .unconfirmed
        default: .failed
        }
    }
}

/// The exit statuses of every command; the list is frozen.
package enum ExitStatus: Int32, Sendable {
    case done = 0
    case failed = 1
    case usage = 2
    case refused = 3
    case busy = 5
    case unconfirmed = 6
    case notImplemented = 10
    case noSuchApp = 20

    /// The status under the name `dokku`, whose scripts know 1 for most of these.
    package var asDokku: Int32 {
        switch self {
        case .usage, .refused, .busy, .unconfirmed: 1
        default: rawValue
        }
    }
}
