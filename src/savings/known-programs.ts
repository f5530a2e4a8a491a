/** Decides which steps start only programs that leave the caches of package managers alone. Pure. */
import { isUsualScript, scriptIn } from './package-scripts.ts'
import { isRun } from './rule.ts'

const wordsOf = (...texts: readonly string[]): readonly string[] => texts.flatMap((text) => text.split(' '))

/** Programs of a system and words of the shell. They start what their words name, or nothing. */
const ofSystem = wordsOf(
  '[ [[ : a2dismod a2dissite a2enconf a2enmod a2ensite addgroup adduser awk basename cat cd chgrp chmod chown chpasswd',
  'cmp command cp curl cut date df diff dirname du echo exit export expr false file getent gpg grep groupadd groupmod',
  'gunzip gzip head hash hostname id install ldconfig ln locale locale-gen localedef ls lsb_release md5sum mkdir mktemp',
  'mv nproc openssl passwd patch printf pwd readlink realpath rm rmdir sed seq set setcap sha1sum sha256sum sha512sum',
  'shift shopt sleep sort stat strip sync tail tar tee test touch tr true type ulimit umask uname uniq unset unxz unzip',
  'update-alternatives update-ca-certificates update-locale useradd userdel usermod wc wget which xz zip zstd',
  'case done esac fi for in }',
)

/** Package managers. What they keep in caches of their own is told by the rules of these. */
const managers = wordsOf(
  'apk apt apt-cache apt-get apt-mark aptitude bundle cargo composer conda corepack debconf-set-selections dnf dpkg',
  'dpkg-query dpkg-reconfigure flit gem go hatch mamba microdnf micromamba opkg pacman pdm pecl pip pip3 pipenv pipx',
  'poetry rpm tdnf uv virtualenv yum zypper',
)

/** Compilers and build tools. */
const builders = wordsOf(
  'ar autoconf autoreconf c++ cc clang clang++ cmake docker-php-ext-configure docker-php-ext-enable',
  'docker-php-ext-install g++ gcc git gradle javac ld meson mvn ninja phpize protoc rustc tsc ./configure',
)

/** Words of package managers after which they start another program. */
const starting = wordsOf('exec run run-script')
/** Modules of Python, and commands of Django and Rails, that prepare files of a project. */
const modules = wordsOf('build compileall ensurepip pip venv virtualenv')
const preparing = wordsOf('assets:precompile collectstatic compilemessages compress')

type IsKnown = (rest: readonly string[]) => boolean
const prepares: IsKnown = (rest) => rest.some((word) => preparing.includes(word))
const manages: IsKnown = (rest) => !rest.some((word) => starting.includes(word)) || prepares(rest)
const python: IsKnown = (rest) =>
  rest[0] === '-m' ? modules.includes(rest[1] ?? '') : rest[0] === '-V' || (isManage(rest[0] ?? '') && prepares(rest))

/** What is known of programs by their words. */
const programs: ReadonlyMap<string, IsKnown> = new Map<string, IsKnown>([
  ...[...ofSystem, ...builders].map((name) => [name, () => true] as const),
  ...managers.map((name) => [name, manages] as const),
  ['find', (rest) => rest.every((word, at) => !word.startsWith('-exec') || isKnown(rest.slice(at + 1)))],
  [
    'make',
    (rest) => rest.filter(isTarget).every((target) => isUsualScript(target) || /^(?:all|install)$/.test(target)),
  ],
  ...['npm', 'pnpm', 'yarn', 'bun'].map((name) => [name, () => true] as const),
  ['rails', prepares],
  ['rake', prepares],
])

/**
 * Returns whether a RUN may start a program of which it is not known that it leaves the caches of package managers alone,
 * such as a script of the project. What a known one does shows in its layer.
 */
export const startsUnknown = (text: string): boolean =>
  isRun(text) && (/<<|<\(/.test(text) || startedBy(text).some((command) => !isKnown(command)))

/**
 * Returns the commands of a RUN as words, with the program first, also those whose output is a part of another one. What
 * is in quotes is one word.
 */
export function startedBy(text: string): readonly (readonly string[])[] {
  const inner: string[] = []
  const keep = (_: string, command: string): string => {
    inner.push(command)
    return '_'
  }
  const outer = text
    .replace(/^\s*#.*$/gm, '')
    .replace(/\\\r?\n/g, ' ')
    .replace(/\$\{[^{}]*\}/g, '_')
    .replace(/`([^`]*)`/g, keep)
    .replace(/\$\(([^()]*)\)/g, keep)
    .replace(/\$\(([^()]*)\)/g, keep)
  return [outer, ...inner].flatMap(commandsOf)
}

/** What may come before a program. */
const before: ReadonlySet<string> = new Set(wordsOf('RUN ! { do elif else env exec if nice sudo then time until while'))
const isProgram = (word: string): boolean => !before.has(word) && !word.startsWith('-') && !/^[A-Za-z_]\w*=/.test(word)

const commandsOf = (line: string): readonly (readonly string[])[] =>
  line
    .replace(/"[^"]*"|'[^']*'/g, (quoted) => quoted.slice(1, -1).replace(/[\s;&|()<>]/g, '_'))
    // The pattern of a case comes before its commands.
    .replace(/;;[^();]*\)/g, ';')
    .replace(/[\d&]?>{1,2}&?\s*[^\s;&|)]+/g, ' ')
    .split(/[;&|\n()]/)
    .map((command) => command.split(/\s/).filter((word) => word !== ''))
    .filter((words) => words.some(isProgram))
    .map((words) => [nameOf(words.find(isProgram) ?? ''), ...words.slice(words.findIndex(isProgram) + 1)])

/** Returns a program of a system, or of an environment of Python, without its folder. */
const nameOf = (program: string): string =>
  program.replace(/^(?:\/(?:usr\/|opt\/)?(?:local\/)?|\/?(?:[\w.-]+\/)*\.?venv\/)s?bin\//, '')

function isKnown(command: readonly string[]): boolean {
  const [name = '', ...rest] = command
  if (/^python[\d.]*$/.test(name)) return python(rest)
  if (isManage(name) || name === 'bin/rails') return prepares(rest)
  const script = scriptIn(command)
  if (script !== null) return isUsualScript(script)
  return programs.get(name)?.(rest) ?? false
}

const isManage = (word: string): boolean => /(?:^|\/)manage\.py$/.test(word)

/** Returns whether a word of make is a target: not an option, the number or folder that follows one, or a variable. */
const isTarget = (word: string, at: number, words: readonly string[]): boolean =>
  !/^[-\d]|=/.test(word) && words[at - 1] !== '-C'
