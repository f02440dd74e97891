import Core
package import Store

/// The table of contents: every noun of the product.
package enum Features {
    package static let all: [Feature] = [
        .appJSON,
        .apps,
        .builder,
        .builderDockerfile,
        .builderHerokuish,
        .builderLambda,
        .builderNixpacks,
        .builderNull,
        .builderPack,
        .builderRailpack,
        .buildpacks,
        .builds,
        .caddy,
        .certs,
        .checks,
        .config,
        .cron,
        .deploys,
        .disk,
        .doctor,
        .domains,
        .enter,
        .explain,
        .git,
        .haproxy,
        .help,
        .logs,
        .maintenance,
        .nginx,
        .openresty,
        .operations,
        .plugin,
        .ports,
        .proxy,
        .ps,
        .releases,
        .repair,
        .repo,
        .resource,
        .run,
        .serve,
        .setup,
        .sshKeys,
        .storage,
        .traefik,
        .urls,
    ]

    package static var migrations: [Migration] { all.flatMap(\.migrations) + PropertiesTable.migrations }
    package static var operationKinds: [OperationKind] { all.flatMap(\.operations) }
}
