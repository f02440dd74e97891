// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "slipway",
    products: [.executable(name: "slipway", targets: ["slipway"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1.git", exact: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", exact: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2", traits: []),
    ],
    targets: [
        // Rooms, bottom to top. A room may use only rooms of a lower level (docs/architecture.md).
        .systemLibrary(name: "CGit", pkgConfig: "libgit2", providers: [.apt(["libgit2-dev"])]),
        .target(name: "Core", dependencies: [.system]),
        // No room: what hooks in Swift are written with. Hosts compile it from its source, by itself.
        .target(name: "SlipwayHooks"),
        .target(name: "Programs", dependencies: ["Core", .subprocess, .system]),
        .target(name: "Files", dependencies: ["Core", .system]),
        .target(name: "Store", dependencies: ["Core", .grdb, .system]),
        .target(name: "Probes", dependencies: ["Core", .system]),
        .target(name: "Terminals", dependencies: ["Core"]),
        .target(
            name: "Engine",
            dependencies: ["Core", .nio, .nioPosix, .nioHTTP1, .http, .protobuf],
            exclude: ["Protobuf/progress.proto"]
        ),
        .target(name: "Repositories", dependencies: ["CGit", "Core", "Files", "Programs", .system]),
        .target(name: "Plugins", dependencies: ["Core", "Files", "Programs", "SlipwayHooks", .system]),
        .target(name: "Building", dependencies: ["Core", "Engine", "Programs"]),
        .target(name: "Scheduling", dependencies: ["Core", "Engine"]),
        .target(name: "Proxying", dependencies: ["Core", "Files", "Probes", "Programs", .system]),
        .target(
            name: "Features",
            dependencies: [
                "Core", "Programs", "Files", "Store", "Probes", "Engine", "Repositories", "Plugins",
                "Building", "Scheduling", "Proxying", "Terminals",
                .arguments, .asn1, .certificates, .crypto, .grdb, .system,
            ]
        ),
        .executableTarget(name: "slipway", dependencies: ["Core", "Features", .arguments]),
        .target(
            name: "Support",
            dependencies: ["Core", "Programs", .grdb, .nio, .nioPosix, .nioHTTP1, .nioTLS, .system],
            path: "Tests/Support"
        ),
        // Presses a sandbox with requests while scripts/bench deploys to it.
        .executableTarget(
            name: "load",
            dependencies: ["Core", "Plugins", "Programs", "Support", .system],
            path: "Tests/Load"
        ),
        .testTarget(name: "CoreTests", dependencies: ["Core", "Support", .system]),
        .testTarget(name: "ProgramsTests", dependencies: ["Core", "Programs", "Support", .system]),
        .testTarget(name: "FilesTests", dependencies: ["Core", "Files", "Support", .system]),
        .testTarget(name: "StoreTests", dependencies: ["Core", "Store", "Support", .grdb, .system]),
        .testTarget(name: "ProbesTests", dependencies: ["Core", "Probes", "Support", .system]),
        .testTarget(name: "TerminalsTests", dependencies: ["Core", "Support", "Terminals"]),
        .testTarget(
            name: "EngineTests",
            dependencies: ["Core", "Engine", "Support", .nio, .nioPosix, .nioHTTP1, .protobuf]
        ),
        .testTarget(name: "RepositoriesTests", dependencies: ["Core", "Programs", "Repositories", "Support", .system]),
        .testTarget(name: "SlipwayHooksTests", dependencies: ["SlipwayHooks", "Support", .system]),
        .testTarget(name: "PluginsTests", dependencies: ["Core", "Files", "Plugins", "Programs", "Support", .system]),
        .testTarget(name: "BuildingTests", dependencies: ["Building", "Core", "Engine", "Support"]),
        .testTarget(name: "SchedulingTests", dependencies: ["Core", "Engine", "Scheduling", "Support"]),
        .testTarget(
            name: "ProxyingTests",
            dependencies: ["Core", "Files", "Probes", "Programs", "Proxying", "Support", .system]
        ),
        .testTarget(
            name: "FeaturesTests",
            dependencies: [
                "Core", "Programs", "Files", "Store", "Probes", "Engine", "Repositories", "Building", "Plugins",
                "Scheduling",
                "Proxying", "Features", "Support", .arguments, .grdb, .system,
            ]
        ),
        .testTarget(
            name: "HouseTests",
            dependencies: [
                "Core", "Features", "Files", "Plugins", "SlipwayHooks", "Store", "Support", .arguments, .grdb, .system,
            ]
        ),
        .testTarget(name: "JourneyTests", dependencies: ["Core", "Features", "Programs", "Support", .system]),
    ]
)

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .treatAllWarnings(as: .error),
    // Fault points exist in debug builds only; a release build has none to reach.
    .define("FAULTS", .when(configuration: .debug)),
]
for target in package.targets where target.type != .system { target.swiftSettings = strict }

extension Target.Dependency {
    static let arguments = product(name: "ArgumentParser", package: "swift-argument-parser")
    static let asn1 = product(name: "SwiftASN1", package: "swift-asn1")
    static let certificates = product(name: "X509", package: "swift-certificates")
    static let crypto = product(name: "Crypto", package: "swift-crypto")
    static let grdb = product(name: "GRDB", package: "GRDB.swift")
    static let http = product(name: "AsyncHTTPClient", package: "async-http-client")
    static let nio = product(name: "NIOCore", package: "swift-nio")
    static let nioHTTP1 = product(name: "NIOHTTP1", package: "swift-nio")
    static let nioTLS = product(name: "NIOSSL", package: "swift-nio-ssl")
    static let nioPosix = product(name: "NIOPosix", package: "swift-nio")
    static let protobuf = product(name: "SwiftProtobuf", package: "swift-protobuf")
    static let subprocess = product(name: "Subprocess", package: "swift-subprocess")
    static let system = product(name: "SystemPackage", package: "swift-system")
}
