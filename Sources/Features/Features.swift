import Core
package import Store

/// The table of contents: every noun of the product.
package enum Features {
    package static let all: [Feature] = [
        .apps,
        .builder,
        .builds,
        .certs,
        .checks,
        .cleanup,
        .config,
        .deploys,
        .disk,
        .doctor,
        .domains,
        .enter,
        .events,
        .explain,
        .git,
        .help,
        .logs,
        .nginx,
        .operations,
        .plugin,
        .ports,
        .proxy,
        .ps,
        .releases,
        .repair,
        .report,
        .resource,
        .run,
        .serve,
        .setup,
        .shell,
        .sshKeys,
        .storage,
        .tags,
        .trace,
        .urls,
    ]

    package static var migrations: [Migration] { all.flatMap(\.migrations) + PropertiesTable.migrations }
    package static var operationKinds: [OperationKind] { all.flatMap(\.operations) }
}
