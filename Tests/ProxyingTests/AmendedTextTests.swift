import Core
import SystemPackage
import Testing

@testable import Proxying

struct AmendedTextTests {
    private let site = Site(
        id: "shop1",
        title: "shop",
        names: ["shop.example"],
        mappings: [Mapping(scheme: .http, hostPort: 80, upstream: ["172.30.0.2:5000"])]
    )

    private func text(_ site: Site) throws -> String {
        let layout = NginxLayout(folder: "/srv/nginx", lock: "/srv/lock", hasIPv6: false)
        return try SiteText(site: site, layout: layout, facts: NginxFacts(version: NginxVersion(1, 22, 1))).rendered()
    }

    @Test func `what hooks have made of a text stands in for it`() throws {
        var amended = site
        amended.amended = AmendedText(plain: try text(site), text: "# theirs\n")
        #expect(try text(amended) == "# theirs\n")
    }

    @Test func `a site that is another by now is written anew`() throws {
        var amended = site
        amended.amended = AmendedText(plain: try text(site), text: "# theirs\n")
        amended.names = ["other.example"]
        #expect(try text(amended).contains("server_name other.example;"))
    }

    @Test func `a template of a plugin knows its variables by both spellings`() throws {
        let text = "{{ if $IPS }}{{ range $ip := .IPS | split \" \" }}allow {{ $ip }};\n{{ end }}{{ end }}{{ $.ROOT }}"
        #expect(
            try FilledTemplate.text(text, of: "gate.conf", ["IPS": "10.0.0.1 10.0.0.2", "ROOT": "/srv"])
                == "allow 10.0.0.1;\nallow 10.0.0.2;\n/srv"
        )
        #expect(try FilledTemplate.text(text, of: "gate.conf", ["IPS": "", "ROOT": "/srv"]) == "/srv")
        let error = #expect(throws: Failure.self) { try FilledTemplate.text("\n{{ if }}", of: "gate.conf", [:]) }
        #expect(error?.code == .malformed && error?.what.contains("line 2") == true)
    }
}
