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

/** Caches and sources of compilers and build tools. */
export const compilers: readonly Rule[] = (
  [
    ofTool('go-cache', 'cache of the Go compiler', ['.cache/go-build'], elsewhere),
    ofTool('go-modules', 'sources of Go modules', ['go/pkg/mod'], elsewhere),
    ofTool('cargo-registry', 'sources of Rust crates', ['cargo/registry', '.cargo/registry', '.cargo/git'], elsewhere),
    ofTool('maven-repository', 'repository of Maven', ['.m2/repository'], elsewhere),
    ofTool('gradle-cache', 'cache of Gradle', ['.gradle/caches'], elsewhere),
    ofTool('nuget-packages', 'packages of NuGet', ['.nuget/packages'], elsewhere),
    ofTool('ccache', 'cache of ccache', ['.ccache', '.cache/ccache'], elsewhere),
  ] as const
).map((rule) => ({ ...rule, unsure: 'the command of the image may need them' }))
