import Files

extension Nginx {
    package func audit() async throws -> ProxyAudit {
        let names = try listFolder(layout.sites).filter { $0.hasSuffix(".conf") && !$0.hasPrefix(".") }
        var audit = ProxyAudit(sites: names.map { String($0.dropLast(".conf".count)) })
        let generation = generationNumber(in: try text(of: layout.generationFile))
        do {
            let wanted = HostText(layout: layout, facts: try installed()).main()
            audit.isInstalled = try text(of: layout.main) == wanted && generation != nil
        } catch ProxyError.notInstalled {
            audit.isInstalled = false
        }
        audit.isRunning = try master() != nil
        guard audit.isRunning, let generation else { return audit }
        audit.isLoaded = await loadedGeneration() == generation
        return audit
    }
}
