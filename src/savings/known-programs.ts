/** Decides which steps start only programs that leave the caches of package managers alone. Pure. */
import { isUsualScript, scriptIn } from './package-scripts.ts'
import { startedBy, unknownWord } from './started-commands.ts'

const wordsOf = (...texts: readonly string[]): readonly string[] => texts.flatMap((text) => text.split(' '))

/** Programs of a system and words of the shell. They start what their words name, or nothing. */
const ofSystem = wordsOf(
  '[ [[ : a2dismod a2dissite a2enconf a2enmod a2ensite addgroup adduser apt-key awk basename bzip2 cat cd chgrp chmod',
  'chown chpasswd chsh cmp cp curl cut date dd df diff dirname dos2unix du echo envsubst exit export expr false',
  'fc-cache file getconf getent gpasswd gpg gpgconf grep groupadd groupmod gunzip gzip head hash hostname id install jq',
  'kill ldconfig ldd ln local locale locale-gen localedef ls lsb_release md5sum mkdir mkfifo mktemp mv nginx nproc openssl',
  'passwd patch pkill printenv printf pwd read readlink realpath return rm rmdir rsync scanelf sed seq service set setcap',
  'sha1sum sha256sum sha512sum shasum shift shopt sleep sort ssh-keygen ssh-keyscan stat strip sync systemctl tail tar',
  'tee test touch tr true type ulimit umask uname uniq unset unxz unzip update-alternatives update-ca-certificates',
  'update-locale update-rc.d useradd userdel usermod visudo wait wc wget which xz yes zip zstd',
  'case done esac fi for in }',
)

/** Package managers. What they keep in caches of their own is told by the rules of these. */
const managers = wordsOf(
  'apk apt apt-cache apt-config apt-get apt-mark aptitude bun bundle conda',
  'debconf-set-selections dnf dpkg dpkg-divert dpkg-query dpkg-reconfigure dpkg-statoverride flit gem go hatch',
  'mamba microdnf micromamba npm opkg pacman pear pecl pip pip3 pipenv pipx pnpm poetry rpm rpmkeys rustup tdnf uv',
  'virtualenv yarn yum yum-config-manager zypper',
)

/** Compilers and build tools. */
const builders = wordsOf(
  'ar autoconf autoreconf c++ cc clang clang++ docker-php-ext-configure docker-php-ext-enable',
  'docker-php-ext-install docker-php-source g++ gcc javac ld phpize protoc rustc tsc',
  './configure',
)

/** Words of package managers after which they start another program. */
const starting = wordsOf('exec generate run run-script')
/** Modules of Python, and commands of Django, Rails and Laravel, that prepare files of a project. */
const modules = wordsOf('build compileall ensurepip pip venv virtualenv')
const preparing = wordsOf(
  'assets:precompile bootsnap collectstatic compilemessages compress config:cache event:cache migrate optimize',
  'route:cache view:cache',
)

type IsKnown = (rest: readonly string[]) => boolean
const prepares: IsKnown = (rest) => rest.some((word) => preparing.includes(word))
/** Artisan is Laravel's program for PHP. */
const onlyPrepares: IsKnown = (rest) => {
  const words = rest.filter((word) => !word.startsWith('-') && !word.includes('=') && word !== 'artisan')
  return words.length > 0 && words.every((word) => preparing.includes(word))
}
const manages: IsKnown = (rest) => !rest.some((word) => starting.includes(word)) || prepares(rest)
const python: IsKnown = (rest) =>
  rest[0] === '-m' ? modules.includes(rest[1] ?? '') : isManage(rest[0] ?? '') && prepares(rest)
/** Verbs of package managers that also run commands of the project or of plug-ins by their name. */
const cargoVerbs = wordsOf('add auditable bench binstall build chef check clean doc fetch generate-lockfile init install test update vendor version') // prettier-ignore
const composerVerbs = wordsOf('check-platform-reqs clear-cache config create-project diagnose dump-autoload dumpautoload i install remove require self-update update validate') // prettier-ignore
const mavenGoals = wordsOf('clean compile dependency:go-offline dependency:resolve install package test verify')
const gradleTasks = wordsOf('assemble bootJar build clean dependencies installDist jar shadowJar test')
/** Returns a test for commands of which the first word that is no option is one of these, or every such word. */
const says =
  (verbs: readonly string[], which: 'first' | 'every' = 'first'): IsKnown =>
  (rest) => {
    const words = rest.filter((word) => !/^[-+]/.test(word))
    return words.slice(0, which === 'first' ? 1 : words.length).every((word) => verbs.includes(word))
  }
/** Targets of make that, by their usual meaning, only build or test a project. */
const usualTargets = wordsOf('all build check clean compile distclean install lint test')
/** Returns the targets of CMake, and those that it gives to another tool. */
const targetsOfCmake = (rest: readonly string[]): readonly string[] => {
  // A script.
  if (rest.includes('-P')) return ['-P']
  const given = rest.flatMap((word) => /^--target=(.+)$/.exec(word)?.[1] ?? [])
  const start = rest.findIndex((word) => ['--target', '-t', '--'].includes(word))
  return [...given, ...(start === -1 ? [] : rest.slice(start + 1).filter(isTarget))]
}
const makesUsual: IsKnown = (rest) => rest.filter(isTarget).every((target) => usualTargets.includes(target))
/** Options of xargs that take the next word. */
const withValue = wordsOf('-a -d -E -I -L -n -P -s')
/** Its program comes after the options. Without one, it is `echo`. */
const xargs: IsKnown = (rest) => {
  const start = rest.findIndex((word, at) => !word.startsWith('-') && !withValue.includes(rest[at - 1] ?? ''))
  return start === -1 || isKnown(rest.slice(start))
}

/** What is known of programs by their words. */
const programs: ReadonlyMap<string, IsKnown> = new Map<string, IsKnown>([
  ...[...ofSystem, ...builders].map((name) => [name, () => true] as const),
  ...managers.map((name) => [name, manages] as const),
  ...['bin/rails', './bin/rails', 'rails', 'rake', 'php'].map((name) => [name, onlyPrepares] as const),
  ['command', ([option = '']) => option.startsWith('-')],
  ['corepack', says(wordsOf('cache disable enable install prepare up use'))],
  ['dotnet', says(wordsOf('add build clean pack publish restore test'))],
  ['git', (rest) => !rest.includes('foreach')],
  ...['.', 'source'].map((name) => [name, ([file = '']: readonly string[]) => isSettings(file)] as const),
  // Their first word is a user.
  ...['gosu', 'su-exec'].map((name) => [name, ([, ...rest]: readonly string[]) => isKnown(rest)] as const),
  ['xargs', xargs],
  [
    'find',
    (rest) =>
      rest.every(
        (word, at) => !/^-(?:exec|ok)(?:dir)?$/.test(word) || (rest[at + 1] !== 'find' && isKnown(rest.slice(at + 1))),
      ),
  ],
  ['cargo', says(cargoVerbs)],
  ['composer', says(composerVerbs)],
  ['cmake', (rest) => targetsOfCmake(rest).every((target) => usualTargets.includes(target))],
  ['mvn', says(mavenGoals, 'every')],
  ['gradle', says(gradleTasks, 'every')],
  ...['make', 'ninja'].map((name) => [name, makesUsual] as const),
])

/**
 * Returns whether a RUN may start a program of which it is not known that it leaves the caches of package managers alone,
 * such as a script of the project. What a known one does shows in its layer.
 */
export function startsUnknown(text: string): boolean {
  const commands = startedBy(text)
  return commands === null || commands.some((command) => !isKnown(command))
}

function isKnown(command: readonly string[]): boolean {
  const [name = '', ...rest] = command
  if (/^python[\d.]*$/.test(name)) return python(rest)
  if (isManage(name)) return prepares(rest)
  const script = scriptIn(command)
  if (script !== null) return isUsualScript(script)
  return programs.get(name)?.(rest) ?? false
}

const isManage = (word: string): boolean => /(?:^|\/)manage\.py$/.test(word)

/** Returns whether a file only sets variables of the shell. */
const isSettings = (path: string): boolean => path === '/etc/os-release' || /\/bin\/activate$/.test(path)

/** Returns whether a word of make is a target: not an option, the number or folder that follows one, or a variable. */
const isTarget = (word: string, at: number, words: readonly string[]): boolean =>
  !/^[-\d]|=/.test(word) && words[at - 1] !== '-C' && !(word === unknownWord && words[at - 1] === '-j')
