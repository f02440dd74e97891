/// What was found of a proxy's own files and of the proxy itself.
package struct ProxyAudit: Equatable, Sendable {
    package var isRunning = true
    /// The files that all sites stand on are what would be written now.
    package var isInstalled = true
    /// What runs has loaded what lies on the disk.
    package var isLoaded = true
    /// Ids of all sites that have a file.
    package var sites: [String]

    package init(sites: [String]) { self.sites = sites }
}
