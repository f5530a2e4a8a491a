/** Rules about files that compilers and build tools keep. */
import { shellWord, words, type Rule } from '../rule.ts'
import { inRun, ofTool } from './edits.ts'

/** The edit for files that compilers and build tools keep. */
const elsewhere: Rule['type'] = inRun(({ path, hasLaterRun }) => [
  ...words`build in a stage of its own and copy the result with ${'COPY --from'}, or add ${`--mount=type=cache,target=${shellWord(path)}`} to this RUN`,
  // Without the mount, a later one would not find the files, and may fetch them again.
  hasLaterRun ? ' and to each later one that needs these files' : '',
])

/** Tools that a final stage may start on purpose. Their files are then needed. */
export const buildTools: readonly string[] = ['go', 'cargo', 'mvn', 'mvnw', 'gradle', 'gradlew', 'dotnet', 'bazel']

const compiler = (id: string, name: string, directories: readonly string[]): Rule => ({
  ...ofTool(id, name, directories, elsewhere),
  unsure: 'the command of the image may need them',
})

/** Caches and sources of compilers and build tools. */
export const compilers: readonly Rule[] = [
  compiler('go-cache', 'cache of the Go compiler', ['.cache/go-build']),
  compiler('go-modules', 'sources of Go modules', ['go/pkg/mod']),
  compiler('cargo-registry', 'sources of Rust crates', ['cargo/registry', '.cargo/registry', '.cargo/git']),
  compiler('maven-repository', 'repository of Maven', ['.m2/repository']),
  compiler('gradle-cache', 'cache of Gradle', ['.gradle/caches']),
  compiler('nuget-packages', 'packages of NuGet', ['.nuget/packages']),
  compiler('ccache', 'cache of ccache', ['.ccache', '.cache/ccache']),
]
