import SystemPackage

// By hand, since a path's own coding is its bytes, one number each; here it is text. What is missing is empty.

extension Site: Codable {
    private enum Key: String, CodingKey {
        case id, title, names, ownPort, certificate, mappings, options, state, includes, template, maintenance, amended
    }

    package init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        self.init(
            id: try box.decode(String.self, forKey: .id),
            title: try box.decode(String.self, forKey: .title),
            names: try box.decodeIfPresent([String].self, forKey: .names) ?? [],
            ownPort: try box.decodeIfPresent(Int.self, forKey: .ownPort),
            certificate: try box.decodeIfPresent(CertificateFiles.self, forKey: .certificate),
            mappings: try box.decodeIfPresent([Mapping].self, forKey: .mappings) ?? [],
            options: try box.decodeIfPresent([String: String].self, forKey: .options) ?? [:],
            state: try box.decodeIfPresent(State.self, forKey: .state) ?? .serving,
            includes: try box.decodeIfPresent(String.self, forKey: .includes).map { FilePath($0) },
            template: try box.decodeIfPresent(SiteTemplate.self, forKey: .template),
            maintenance: try box.decodeIfPresent(MaintenancePage.self, forKey: .maintenance),
            amended: try box.decodeIfPresent(AmendedText.self, forKey: .amended)
        )
    }

    package func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(id, forKey: .id)
        try box.encode(title, forKey: .title)
        try box.encode(names, forKey: .names)
        try box.encodeIfPresent(ownPort, forKey: .ownPort)
        try box.encodeIfPresent(certificate, forKey: .certificate)
        try box.encode(mappings, forKey: .mappings)
        try box.encode(options, forKey: .options)
        try box.encode(state, forKey: .state)
        try box.encodeIfPresent(includes?.string, forKey: .includes)
        try box.encodeIfPresent(template, forKey: .template)
        try box.encodeIfPresent(maintenance, forKey: .maintenance)
        try box.encodeIfPresent(amended, forKey: .amended)
    }
}

extension MaintenancePage: Codable {
    private enum Key: String, CodingKey { case folder, retryAfter }

    package init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        self.init(
            folder: try box.decodeIfPresent(String.self, forKey: .folder).map { FilePath($0) },
            retryAfter: try box.decode(Int.self, forKey: .retryAfter)
        )
    }

    package func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encodeIfPresent(folder?.string, forKey: .folder)
        try box.encode(retryAfter, forKey: .retryAfter)
    }
}

extension CertificateFiles: Codable {
    private enum Key: String, CodingKey { case certificate, key }

    package init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        self.init(
            certificate: FilePath(try box.decode(String.self, forKey: .certificate)),
            key: FilePath(try box.decode(String.self, forKey: .key))
        )
    }

    package func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(certificate.string, forKey: .certificate)
        try box.encode(key.string, forKey: .key)
    }
}
