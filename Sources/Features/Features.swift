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
        .dockerOptions,
        .doctor,
        .domains,
        .enter,
        .explain,
        .git,
        .help,
        .logs,
        .network,
        .nginx,
        .operations,
        .plugin,
        .ports,
        .proxy,
        .ps,
        .releases,
        .repair,
        .resource,
        .run,
        .scheduler,
        .schedulerDockerLocal,
        .serve,
        .setup,
        .sshKeys,
        .storage,
        .urls,
    ]

    package static var migrations: [Migration] { all.flatMap(\.migrations) + PropertiesTable.migrations }
    package static var operationKinds: [OperationKind] { all.flatMap(\.operations) }
}
