import Core

/// Text with places `{{NAME}}` to fill in, checked when it is read.
struct FilledText<Place: Sendable & Equatable>: Sendable, Equatable {
    private enum Piece: Sendable, Equatable {
        case text(String)
        case place(Place)
    }

    private let pieces: [Piece]

    /// - Parameters:
    ///   - text: As it stands in the file.
    ///   - place: What a name between the braces means; throws for one that may not stand there.
    /// - Throws: ``Failure`` with code ``FailureCode/malformed``.
    init(_ text: String, _ place: (String) throws(Failure) -> Place) throws(Failure) {
        var pieces: [Piece] = []
        var rest = text[...]
        while let start = rest.firstRange(of: "{{") {
            pieces.append(.text(String(rest[..<start.lowerBound])))
            guard let end = rest[start.upperBound...].firstRange(of: "}}") else {
                throw .malformed("{{ is not closed by }}")
            }
            pieces.append(.place(try place(String(rest[start.upperBound..<end.lowerBound]))))
            rest = rest[end.upperBound...]
        }
        pieces.append(.text(String(rest)))
        self.pieces = pieces
    }

    var places: [Place] {
        pieces.compactMap { piece in
            if case .place(let place) = piece { place } else { nil }
        }
    }

    /// Each place is asked for anew, so that no two have the same random bits.
    func filled(_ value: (Place) -> String) -> String {
        pieces.map { piece in
            switch piece {
            case .text(let text): text
            case .place(let place): value(place)
            }
        }.joined()
    }
}
