/**
 * All rules about savings: which files, what to edit, and whether the saving is sure. A file belongs to the first rule
 * that matches. docs/savings.md describes them. Each has a test image that is built before and after the edit.
 */
import { isCopy, says, shellWord, words, type Place, type Rule, type Words } from './rule.ts'

/** An edit of the RUN that made the files. Copied files are left out of the copy instead. */
const inRun =
  (type: (place: Place) => Words) =>
  (place: Place): Words =>
    isCopy(place.text) ? words`leave ${place.path} out of what this line copies` : type(place)

const append = (command: string): Rule['type'] => inRun(() => words`add ${`&& ${command}`} to this RUN`)

const removeIt: Rule['type'] = inRun(({ path }) => words`add ${`&& rm -rf ${shellWord(path)}`} to this RUN`)

/** The edit for files that compilers and build tools keep. */
const elsewhere: Rule['type'] = inRun(
  ({ path }) =>
    words`build in a stage of its own and copy the result with ${'COPY --from'}, or add ${`--mount=type=cache,target=${shellWord(path)}`} to this RUN`,
)

const ofTool = (id: string, name: string, directories: readonly string[], type: Rule['type']): Rule => ({
  id,
  name,
  likely: null,
  directories,
  type,
})

/** Files that a tool keeps to be faster next time. */
const caches: readonly Rule[] = [
  ofTool('apt-lists', 'apt package lists', ['/var/lib/apt/lists'], append('rm -rf /var/lib/apt/lists/*')),
  ofTool('apt-archives', 'apt cache and downloaded packages', ['/var/cache/apt'], append('apt-get clean')),
  ofTool(
    'apk-cache',
    'cache of apk',
    ['/var/cache/apk', '/etc/apk/cache'],
    inRun(() => words`write ${'apk add --no-cache'} in this RUN`),
  ),
  ofTool(
    'dnf-cache',
    'cache of dnf',
    ['/var/cache/dnf', '/var/cache/libdnf5', '/var/cache/yum'],
    inRun(({ text, path }) =>
      says(text, 'microdnf')
        ? words`add ${'&& microdnf clean all'} to this RUN`
        : path.startsWith('/var/cache/yum')
          ? words`add ${'&& yum clean all && rm -rf /var/cache/yum'} to this RUN`
          : words`add ${'&& dnf clean all'} to this RUN`,
    ),
  ),
  ofTool('zypper-cache', 'cache of zypper', ['/var/cache/zypp'], append('zypper clean --all')),
  ofTool(
    'pacman-cache',
    'packages that pacman downloaded',
    ['/var/cache/pacman/pkg'],
    append('rm -rf /var/cache/pacman/pkg/*'),
  ),
  ofTool(
    'pip-cache',
    'cache of pip',
    ['.cache/pip'],
    inRun(
      ({ path }) =>
        words`add ${'--no-cache-dir'} to pip, or ${`--mount=type=cache,target=${shellWord(path)}`} to this RUN`,
    ),
  ),
  ofTool(
    'uv-cache',
    'cache of uv',
    ['.cache/uv'],
    inRun(
      ({ path }) => words`add ${'--no-cache'} to uv, or ${`--mount=type=cache,target=${shellWord(path)}`} to this RUN`,
    ),
  ),
  ofTool('poetry-cache', 'cache of Poetry', ['.cache/pypoetry'], removeIt),
  ofTool('conda-packages', 'packages that conda downloaded', ['/opt/conda/pkgs'], append('conda clean -afy')),
  ofTool('npm-cache', 'cache of npm', ['.npm/_cacache'], append('npm cache clean --force')),
  ofTool('node-headers', 'headers that node-gyp downloaded', ['.cache/node-gyp'], removeIt),
  ofTool('yarn-cache', 'cache of Yarn', ['.cache/yarn', '.yarn/berry/cache'], append('yarn cache clean --all')),
  ofTool(
    'pnpm-store',
    'store of pnpm',
    ['share/pnpm/store', '.pnpm-store'],
    inRun(
      ({ path }) =>
        words`add ${`--mount=type=cache,target=${shellWord(path)}`} to this RUN, or ${`&& rm -rf ${shellWord(path)}`} at its end`,
    ),
  ),
  ofTool('composer-cache', 'cache of Composer', ['.composer/cache', '.cache/composer'], append('composer clear-cache')),
  ofTool('bundler-cache', 'gems that Bundler downloaded', ['/usr/local/bundle/cache', '.bundle/cache'], removeIt),
]

/** Tools that a final stage may start on purpose. Their files are then needed. */
export const buildTools: readonly string[] = ['go', 'cargo', 'mvn', 'mvnw', 'gradle', 'gradlew', 'dotnet', 'bazel']

const compilers: readonly Rule[] = [
  ofTool('go-cache', 'cache of the Go compiler', ['.cache/go-build'], elsewhere),
  ofTool('go-modules', 'sources of Go modules', ['go/pkg/mod'], elsewhere),
  ofTool('cargo-registry', 'sources of Rust crates', ['cargo/registry', '.cargo/registry', '.cargo/git'], elsewhere),
  ofTool('maven-repository', 'repository of Maven', ['.m2/repository'], elsewhere),
  ofTool('gradle-cache', 'cache of Gradle', ['.gradle/caches'], elsewhere),
  ofTool('nuget-packages', 'packages of NuGet', ['.nuget/packages'], elsewhere),
  ofTool('ccache', 'cache of ccache', ['.ccache', '.cache/ccache'], elsewhere),
]

const git: Rule = ofTool('git-folder', 'history of Git', ['.git'], ({ path, text }) =>
  isCopy(text)
    ? words`add ${'**/.git'} to ${'.dockerignore'}`
    : words`clone with ${'git clone --depth 1'}, and add ${`&& rm -rf ${shellWord(path)}`} to this RUN`,
)

const loginLogs: Rule = ofTool(
  'login-logs',
  'logs of logins',
  ['/var/log/lastlog', '/var/log/faillog'],
  inRun(() => words`write ${'useradd --no-log-init'} in this RUN`),
)

const lineOf = (place: Place): string => (place.later?.line == null ? 'a later line' : `line ${place.later.line}`)

/** Files that a later instruction of this Dockerfile hides. Both layers are pulled. */
const hidden = {
  archive: {
    id: 'archive',
    name: 'archive that is unpacked and deleted',
    likely: null,
    type: (place) => [
      ...words`drop this line and have the RUN in `,
      lineOf(place),
      ...words` read the archive by ${'RUN --mount=type=bind'}, or unpack it with ${'ADD'}`,
    ],
  },
  copiedOwner: {
    id: 'owner-or-mode',
    name: 'files copied again for another owner or mode',
    likely: 'their contents were not compared',
    type: (place) => {
      const owner = says(place.later?.text ?? '', 'chown', 'chgrp')
      const mode = says(place.later?.text ?? '', 'chmod')
      const flags = [...(owner ? ['--chown'] : []), ...(mode || !owner ? ['--chmod'] : [])].join(' ')
      const commands = [...(owner ? ['chown'] : []), ...(mode || !owner ? ['chmod'] : [])].join(' and ')
      return isCopy(place.text)
        ? [...words`add ${flags} to this line, and drop ${commands} from `, lineOf(place)]
        : [...words`run ${commands} in this RUN, not in `, lineOf(place)]
    },
  },
  deletedLater: {
    id: 'deleted-later',
    name: 'files that a later line deletes',
    likely: null,
    type: (place) =>
      isCopy(place.text)
        ? [
            'leave out of this line what ',
            lineOf(place),
            ...words` deletes, or have that line read it by ${'RUN --mount=type=bind'}`,
          ]
        : ['delete in this RUN what ', lineOf(place), ' deletes too late'],
  },
  replacedLater: {
    id: 'replaced-later',
    name: 'files that a later line replaces',
    likely: null,
    type: (place) =>
      isCopy(place.text)
        ? ['leave out of this line what ', lineOf(place), ' replaces']
        : ['join this line and ', lineOf(place), ', which replaces the files'],
  },
} as const satisfies Readonly<Record<string, Rule>>

export const archiveRule: Rule = hidden.archive
export const ownerRule: Rule = hidden.copiedOwner
export const deletedRule: Rule = hidden.deletedLater
export const replacedRule: Rule = hidden.replacedLater

/** Files of the base image that a line copies into its own layer. */
export const baseOwnerRule: Rule = {
  id: 'base-owner-or-mode',
  name: 'files of the base image, copied for another owner or mode',
  likely: 'the change of owner or mode may be needed',
  type: ({ path }) => words`change owner and mode of fewer files than ${path}: each is copied into this layer`,
}

/** Package lists that a later line reads, so that they cannot simply be removed. */
export const listsReadRule: Rule = {
  id: 'apt-lists-read',
  name: 'apt package lists',
  likely: null,
  type: (place) => [
    'join this RUN and ',
    lineOf(place),
    ...words`, which installs from these lists, and end it with ${'&& rm -rf /var/lib/apt/lists/*'}`,
  ],
}

/** An edit of the line that installs them: deletes all folders with these names below the path. */
const deleteFolders =
  (...names: readonly string[]) =>
  ({ path, text }: Place): Words => {
    if (isCopy(text)) return words`delete them in the stage that this line copies from`
    if (names.some((name) => path.endsWith(`/${name}`))) return words`add ${`&& rm -rf ${shellWord(path)}`} to this RUN`
    const tests = names.map((name) => `-name ${name}`).join(' -o ')
    return words`add ${`&& find ${shellWord(path)} -type d \\( ${tests} \\) -prune -exec rm -rf {} +`} to this RUN`
  }

/** Files in the final file system that an application rarely needs. */
const guesses: readonly Rule[] = [
  {
    id: 'build-objects',
    name: 'what compilers left of native modules',
    likely: 'a debugger may want them',
    directories: ['build/Release/obj.target', 'build/Release/.deps', 'build/Release/obj', 'build/Debug'],
    type: deleteFolders('obj.target', 'obj', '.deps', 'Debug'),
  },
  {
    id: 'documentation',
    name: 'documentation and translations',
    likely: 'somebody may read them',
    directories: [
      '/usr/share/doc',
      '/usr/share/man',
      '/usr/share/info',
      '/usr/share/locale',
      '/usr/share/help',
      '/usr/share/gtk-doc',
      '/usr/local/share/doc',
      '/usr/local/share/man',
    ],
    type: inRun(({ path, text }) =>
      says(text, 'dnf', 'microdnf', 'yum')
        ? words`add ${'--setopt=tsflags=nodocs'} to the install`
        : words`add ${`&& rm -rf ${shellWord(path)}/*`} to this RUN`,
    ),
  },
  {
    id: 'tests',
    name: 'tests of packages',
    likely: 'a package may import its tests',
    directories: [
      'node_modules/*/test',
      'node_modules/*/tests',
      'node_modules/*/__tests__',
      'node_modules/@*/*/test',
      'node_modules/@*/*/tests',
      'node_modules/@*/*/__tests__',
      'site-packages/*/tests',
      'site-packages/*/test',
      'site-packages/*/*/tests',
      'dist-packages/*/tests',
      'dist-packages/*/*/tests',
    ],
    type: deleteFolders('test', 'tests', '__tests__'),
  },
  {
    id: 'headers',
    name: 'headers for compilers',
    likely: 'something may be compiled where the image runs',
    directories: ['/usr/include', '/usr/local/include'],
    type: inRun(() => words`compile in a builder stage, and install only libraries here, no ${'-dev'} packages`),
  },
  {
    id: 'compiled-python',
    name: 'compiled Python',
    likely: 'Python then starts more slowly',
    directories: ['__pycache__'],
    type: inRun(() => words`add ${'--no-compile'} to ${'pip install'}`),
  },
]

/** Returns a command that deletes all files below the path with this ending. The path may be such a file itself. */
const deleteFiles = (path: string, end: string): string =>
  path.endsWith(end)
    ? `&& rm -f ${shellWord(path)}`
    : `&& find ${shellWord(path)} -xdev -name '*${end}' -exec rm -f {} +`

/** Rules that match by the ends of file names. */
export const sourceMapRule: Rule = {
  id: 'source-maps',
  name: 'source maps',
  likely: 'stack traces may be read with them',
  type: ({ path, text }) =>
    isCopy(text)
      ? words`build without source maps, or add ${'**/*.map'} to ${'.dockerignore'}`
      : words`add ${deleteFiles(path, '.map')} to this RUN`,
}
export const staticLibraryRule: Rule = {
  id: 'static-libraries',
  name: 'static libraries',
  likely: 'something may be linked where the image runs',
  type: inRun(({ path }) => words`compile in a builder stage, or add ${deleteFiles(path, '.a')} to this RUN`),
}
export const unpackedArchiveRule: Rule = {
  id: 'archive-kept',
  name: 'archive that is unpacked here',
  likely: 'it may be read again',
  type: (place) => [
    'drop this line and have the RUN in ',
    lineOf(place),
    ...words` read ${place.path} by ${'RUN --mount=type=bind'}, or unpack it with ${'ADD'}`,
  ],
}

/** Rules about directories in shipped layers, whether or not their files are in the final file system. */
export const sureDirectoryRules: readonly Rule[] = [...caches, ...compilers, git, loginLogs]
export const compilerRules: ReadonlySet<Rule> = new Set(compilers)
export const gitRule = git
/** Rules about directories whose files are in the final file system. */
export const likelyDirectoryRules = guesses
/** Rules about directories in which tools keep caches. */
export const cacheRules: readonly Rule[] = [...caches, ...compilers]

/** All rules. */
export const rules: readonly Rule[] = [
  ...sureDirectoryRules,
  listsReadRule,
  ...Object.values(hidden),
  baseOwnerRule,
  unpackedArchiveRule,
  ...guesses,
  sourceMapRule,
  staticLibraryRule,
]

const byId = new Map(rules.map((rule) => [rule.id, rule]))

/** Returns a rule by its id. Null for a rule of a newer release. */
export function ruleOf(id: string): Rule | null {
  return byId.get(id) ?? null
}
