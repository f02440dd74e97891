import Core

extension FailureCode {
    /// A new code does not compile until it has a page.
    var page: CodePage {
        switch self {
        case .malformed: .malformed
        case .usage: .usage
        case .unknownCommand: .unknownCommand
        case .noSuchApp: .noSuchApp
        case .notFound: .notFound
        case .taken: .taken
        case .unchangeable: .unchangeable
        case .notDeployed: .notDeployed
        case .unchanged: .unchanged
        case .noDockerfile: .noDockerfile
        case .buildFailed: .buildFailed
        case .buildOutOfMemory: .buildOutOfMemory
        case .loopbackOnly: .loopbackOnly
        case .wrongPort: .wrongPort
        case .nothingListens: .nothingListens
        case .exited: .exited
        case .unhealthy: .unhealthy
        case .releaseCommandFailed: .releaseCommandFailed
        case .outOfMemory: .outOfMemory
        case .badProcfile: .badProcfile
        case .badAppJSON: .badAppJSON
        case .badSubmodule: .badSubmodule
        case .badSource: .badSource
        case .startFailed: .startFailed
        case .busy: .busy
        case .superseded: .superseded
        case .locked: .locked
        case .cancelled: .cancelled
        case .branchMoved: .branchMoved
        case .lostLock: .lostLock
        case .refusedPush: .refusedPush
        case .someFailed: .someFailed
        case .proxyRefused: .proxyRefused
        case .domainTaken: .domainTaken
        case .badCertificate: .badCertificate
        case .proxyDown: .proxyDown
        case .engineUnreachable: .engineUnreachable
        case .noSubnet: .noSubnet
        case .noAddress: .noAddress
        case .engineRefused: .engineRefused
        case .registryRefused: .registryRefused
        case .notAllowed: .notAllowed
        case .unconfirmed: .unconfirmed
        case .newerDatabase: .newerDatabase
        case .disk: .disk
        case .notSetUp: .notSetUp
        case .programFailed: .programFailed
        case .pluginFailed: .pluginFailed
        case .diskFull: .diskFull
        case .bug: .bug
        }
    }
}
