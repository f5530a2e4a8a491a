/** Rules about files that compilers and build tools keep. */
import { shellWord, words, type Rule } from '../rule.ts'
import { inRun, ofTool } from './edits.ts'

/** The edit for files that compilers and build tools keep. */
const elsewhere: Rule['type'] = inRun(({ path, hasLaterRun, user = null }) => [
  ...words`build in a stage of its own and copy the result with ${'COPY --from'}`,
  ...(user === null ? words`, or add ${`--mount=type=cache,target=${shellWord(path)}`} to this RUN` : []),
  // Without the mount, a later one would not find the files, and may fetch them again.
  user === null && hasLaterRun ? ' and to each later one that needs these files' : '',
])

const compiler = (id: string, name: string, directories: readonly string[], ...tools: readonly string[]): Rule => ({
  ...ofTool(id, name, directories, elsewhere),
  addsMount: true,
  readBy: tools,
  unsure: `the image has ${tools.slice(0, 2).join(' or ')}${tools.length > 2 ? ' or a similar tool' : ''}, or a COPY names them, so that a command may need them`,
})

/** Tools beside Maven that read its repository. */
const mavenTools = ['mvnw', 'clj', 'clojure', 'jbang', 'lein', 'sbt'] as const

/** Caches and sources of compilers and build tools. */
export const compilers: readonly Rule[] = [
  compiler('go-cache', 'cache of the Go compiler', ['.cache/go-build'], 'go'),
  compiler('go-modules', 'sources of Go modules', ['go/pkg/mod'], 'go'),
  compiler('cargo-registry', 'sources of Rust crates', ['cargo/registry', '.cargo/registry', '.cargo/git'], 'cargo'),
  compiler('maven-repository', 'repository of Maven', ['.m2/repository'], 'mvn', ...mavenTools),
  compiler('gradle-cache', 'cache of Gradle', ['.gradle/caches', '.gradle/wrapper/dists'], 'gradle', 'gradlew'),
  compiler('nuget-packages', 'packages of NuGet', ['.nuget/packages'], 'dotnet'),
  compiler('ccache', 'cache of ccache', ['.ccache', '.cache/ccache'], 'ccache'),
]
