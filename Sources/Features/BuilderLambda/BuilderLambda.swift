import Core
import Store

extension Feature {
    /// The builder for functions with a lambda.yml.
    static let builderLambda = Feature(
        "builder-lambda",
        "The builder for functions with a lambda.yml",
        commands: BuilderLambda.all,
        properties: [BuilderLambda.path]
    )
}

enum BuilderLambda: AbsentBuilder {
    static var feature: Feature { .builderLambda }
    static let all: [any HostCommand.Type] = [
        SetProperty<BuilderLambda>.self, ReportCommand<BuilderLambda>.self,
    ]

    static let path = Property(
        "lambdayml-path",
        default: "lambda.yml",
        "Where lambda.yml is",
        normalize: Allowed.plainPath,
        validate: Allowed.relativePath
    )
}
