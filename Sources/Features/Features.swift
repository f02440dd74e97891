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
        .config,
        .deploys,
        .disk,
        .doctor,
        .domains,
        .enter,
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
        .registry,
        .releases,
        .repair,
        .resource,
        .run,
        .serve,
        .setup,
        .sshKeys,
        .storage,
        .urls,
    ]

    package static var migrations: [Migration] { all.flatMap(\.migrations) + PropertiesTable.migrations }
    package static var operationKinds: [OperationKind] { all.flatMap(\.operations) }
}
