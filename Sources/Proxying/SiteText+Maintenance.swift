import SystemPackage

extension SiteText {
    /// Everything is answered 503, but for the files that the page itself asks for.
    func maintenance(_ page: MaintenancePage) -> [String] {
        let away = "add_header Retry-After \(page.retryAfter) always;"
        let unkept = "add_header Cache-Control no-store always;"
        guard let folder = page.folder else {
            return block([
                "default_type text/plain;", away, unkept,
                "return 503 \"\(site.title) is being worked on, please come back soon\\n\";",
            ])
        }
        return [
            "error_page 503 /slipway-maintenance;",
            "location = /slipway-maintenance {",
            "    internal;",
            "    default_type text/html;",
            "    \(away)",
            "    \(unkept)",
            "    alias \(folder)/page.html;",
            "}",
            "location @slipway-maintenance { return 503; }",
        ] + block(["root \(folder)/assets;", "try_files $uri @slipway-maintenance;"])
    }
}
