/// Writes the files that all sites stand on.
struct HostText {
    let layout: NginxLayout
    let facts: NginxFacts

    /// `slipway.conf`: what an unknown name gets, and the way to all other files.
    func main() -> String {
        var text = "# Included in the http block of nginx. This file is rewritten by slipway.\n\n"
        if !facts.setsNamesBucketSize { text += "server_names_hash_bucket_size 512;\n\n" }
        text += upgradeMaps
        if !facts.hasForeignHTTP {
            text += "\n# Names nobody has claimed: closed without an answer.\n"
            text += server(layout.listens(on: layout.httpPort, flags: " default_server") + nobody)
        }
        if !facts.hasForeignHTTPS {
            let listens = layout.listens(on: layout.httpsPort, flags: " ssl default_server")
            text += "\n# Without this the first certificate of the host would answer for every name.\n"
            text += server(listens + ["ssl_reject_handshake on;"] + tlsBasics + nobody)
        }
        return text + "\ninclude \(layout.generationFile);\ninclude \(layout.sites)/*.conf;\n"
    }

    /// A request that asks for an upgrade passes it on; others end their connection to the instance, or keep it.
    private var upgradeMaps: String {
        """
        map $http_upgrade $slipway_connection {
            default upgrade;
            ''      close;
        }
        map $http_upgrade $slipway_connection_kept {
            default upgrade;
            ''      '';
        }

        """
    }

    private var nobody: [String] { ["server_name nobody.slipway.invalid;", "access_log off;", "return 444;"] }

    /// `generation.conf`: the number by which a running nginx shows which of our generations it has loaded.
    ///
    /// It is told over TCP under a name of its own. A unix socket would be simpler to hide, but a killed nginx leaves
    /// it behind and the next one cannot start: "bind() to unix:... failed (98: Address already in use)".
    func generation(_ number: Int) -> String {
        let everywhere = layout.listens(on: layout.httpPort)
        let listens =
            facts.hasForeignLoopback
            ? everywhere + ["listen \(layout.generationAddress):\(layout.httpPort);"] : everywhere
        return "# slipway: generation \(number)\n"
            + server(
                listens + [
                    "server_name \(layout.generationName);",
                    "access_log off;",
                    "location = /generation {",
                    "    if ($remote_addr \(isNotUs)) { return 444; }",
                    "    default_type text/plain;",
                    "    return 200 \"\(number)\";",
                    "}",
                    "location / { return 444; }",
                ]
            )
    }

    /// A question to an address of the host itself comes from that address, one to 127.0.0.0/8 from there.
    private var isNotUs: String {
        let address = layout.generationAddress
        return address.hasPrefix("127.") ? "!~ \"^127[.]\"" : "!= \"\(address)\""
    }

    private func server(_ lines: [String]) -> String { "server {\n" + lines.map { "    \($0)\n" }.joined() + "}\n" }
}

/// The number in a `generation.conf`.
func generationNumber(in text: String?) -> Int? {
    guard let line = text?.prefix(while: { $0 != "\n" }), line.hasPrefix("# slipway: generation ") else { return nil }
    return Int(line.dropFirst("# slipway: generation ".count))
}
