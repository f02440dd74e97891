package import Core
package import SystemPackage

/// Where everything of one root lies.
package struct Paths: Sendable {
    package let root: FilePath

    package init(root: FilePath) { self.root = root }

    package var database: FilePath { root.appending("slipway.db") }
    package var repositories: FilePath { root.appending("repos") }
    package var nginx: FilePath { root.appending("nginx") }
    package var certificates: FilePath { root.appending("certs") }
    /// Pages that nginx's workers read, for apps that are being worked on.
    package var maintenance: FilePath { root.appending("maintenance") }
    package var logs: FilePath { root.appending("logs") }
    package var locks: FilePath { root.appending("locks") }
    package var volumes: FilePath { root.appending("storage") }
    package var cache: FilePath { root.appending("cache") }
    package var plugins: FilePath { root.appending("plugins") }
    /// Plugins that come with the product; one of the same name in ``plugins`` counts instead.
    package var corePlugins: FilePath { root.appending("core-plugins") }
    /// What plugins written for Dokku look for.
    package var dokku: FilePath { root.appending("dokku") }
    package var services: FilePath { root.appending("services") }
    /// The source of the library that hooks in Swift import.
    package var hookLibrary: FilePath { root.appending("SlipwayHooks") }
    /// Programs made of hooks in Swift.
    package var hookCache: FilePath { cache.appending("hooks") }
    package var authorizedKeys: FilePath { root.appending("authorized_keys") }
    /// Which instance this is, for programs that do not read the database.
    package var instance: FilePath { root.appending("instance") }
    /// Fault points of test builds.
    package var faults: FilePath { root.appending("faults") }

    package func lock(of app: AppID) -> FilePath { locks.appending(app.text) }
    package func logs(of app: AppID) -> FilePath { logs.appending(app.text) }
    package func service(_ id: AppID) -> FilePath { services.appending(id.text) }
    package func certificates(of app: AppID) -> FilePath { certificates.appending(app.text) }
    /// What people put there by hand for nginx.
    package func nginx(of app: AppID) -> FilePath { nginx.appending("own").appending(app.text) }
    package func maintenance(of app: AppID) -> FilePath { maintenance.appending(app.text) }
    /// What is `$DOKKU_ROOT/<app>` to those plugins.
    package func dokku(of app: AppID) -> FilePath { dokku.appending("apps").appending(app.text) }
    /// What hooks have made of what nginx is told of an app.
    package func amended(of app: AppID) -> FilePath { nginx.appending("amended").appending("\(app.text).json") }
}
