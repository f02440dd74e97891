import Engine

/// Layers of images as the engine keeps them: each once, below those that were built on it.
///
/// The same content on two different layers is two layers, so a layer is known by all that lies under it.
struct ImageForest: Sendable {
    private struct Place: Hashable {
        var below: Int
        var digest: String
    }

    private var numbers: [Place: Int] = [:]
    private var sizes: [Int64] = []
    private var images: [String: Set<Int>] = [:]

    init(_ all: [ImageLayers] = []) { for image in all { add(image) } }

    mutating func add(_ image: ImageLayers) {
        var below = -1
        var own: Set<Int> = []
        for (digest, size) in zip(image.digests, image.sizes) {
            let place = Place(below: below, digest: digest)
            if let known = numbers[place] {
                below = known
            } else {
                below = sizes.count
                numbers[place] = below
                sizes.append(size)
            }
            own.insert(below)
        }
        images[image.id] = own
    }

    /// The layers of these images, each counted once.
    func bytes(of ids: some Sequence<String>) -> Int64 { total(layers(of: ids)) }

    /// The layers that no other image has: what is freed when all of these go.
    func exclusiveBytes(of ids: Set<String>) -> Int64 {
        total(layers(of: ids).subtracting(layers(of: images.keys.filter { !ids.contains($0) })))
    }

    private func layers(of ids: some Sequence<String>) -> Set<Int> {
        ids.reduce(into: []) { $0.formUnion(images[$1] ?? []) }
    }

    private func total(_ layers: Set<Int>) -> Int64 { layers.reduce(0) { $0 + sizes[$1] } }
}
