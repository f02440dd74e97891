import Core
package import Store

/// The table of contents: every noun of the product.
package enum Features {
    package static let all: [Feature] = [
        .apps,
        .builder,
        .builds,
        .checks,
        .config,
        .deploys,
        .domains,
        .git,
        .help,
        .logs,
        .nginx,
        .operations,
        .ports,
        .ps,
        .releases,
        .setup,
        .sshKeys,
    ]

    package static var migrations: [Migration] { all.flatMap(\.migrations) + PropertiesTable.migrations }
    package static var operationKinds: [OperationKind] { all.flatMap(\.operations) }
}
