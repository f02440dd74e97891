import Core
import Store

extension Feature {
    /// The builder for Heroku buildpacks of the classic kind.
    static let builderHerokuish = Feature(
        "builder-herokuish",
        "The builder for Heroku buildpacks of the classic kind",
        commands: BuilderHerokuish.all,
        properties: [BuilderHerokuish.allowed]
    )
}

enum BuilderHerokuish: Noun {
    static var feature: Feature { .builderHerokuish }
    static let all: [any HostCommand.Type] = [
        SetProperty<BuilderHerokuish>.self, ReportCommand<BuilderHerokuish>.self,
    ]

    /// Its images are made for this processor alone.
    #if arch(x86_64)
    private static let fallback = "true"
    #else
    private static let fallback = "false"
    #endif

    static let allowed = Property(
        "allowed",
        default: fallback,
        "Whether sources with buildpacks are taken for it",
        validate: Allowed.boolean
    )
}
