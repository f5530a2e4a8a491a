/**
 * Finds files that a RUN cannot have by a mount, because a command would put another file in its place, move it or link
 * to it. Pure.
 */
import { says } from './rule.ts'
import { readRun } from './run-script.ts'
import { shellCommands, type ShellWord } from './shell-commands.ts'

/** Commands that put another file in the place of one, unless an option such as `-c`, `-k` or `-t` keeps it. */
const compressing: readonly string[] = [
  ...['gzip', 'gunzip', 'bzip2', 'bunzip2', 'xz', 'unxz', 'lzma', 'unlzma', 'zstd', 'unzstd', 'compress'],
]
/** Commands that put another file in the place of one, move it or link to it. */
const replacing: readonly string[] = [
  ...[...compressing, 'mv', 'link', 'rename', 'patch', 'dos2unix', 'unix2dos', 'sponge', 'git', 'rsync'],
  ...['ex', 'ed', 'vi', 'vim'],
]
/** Those that may work on files that they do not name. */
const unnamed: readonly string[] = ['patch', 'git']
/** Commands of Git that do not. */
const apart: readonly string[] = ['clone', 'config', 'init', 'ls-remote', '--version']
/** Commands that do so only with an option. */
const editing: readonly string[] = ['sed', 'perl', 'awk', 'gawk', 'ruby', 'yq', 'sort']
const linking: readonly string[] = ['cp', 'ln']
/** Programs that start others, whose words they may make themselves. */
const running: readonly string[] = [
  ...['find', 'xargs', 'parallel', 'eval', 'su', 'sh', 'ash', 'bash', 'dash', 'ksh', 'zsh'],
  ...['python', 'python2', 'python3', 'node', 'php', 'perl', 'ruby', 'busybox', 'chroot', 'ssh', 'trap'],
  ...['timeout', 'flock', 'stdbuf', 'unshare', 'script', 'watch'],
]
/** Programs that read the files that they get. Any other one may write them anew. */
const reading: readonly string[] = [
  ...[...running, ...editing, ...linking, 'tar', 'bsdtar', 'unzip', '7z', 'cpio', 'ar', 'dpkg', 'dpkg-deb', 'rpm'],
  ...['apt', 'apt-get', 'apt-key', 'apk', 'yum', 'dnf', 'microdnf', 'zypper', 'pip', 'pip2', 'pip3', 'pipx', 'uv'],
  ...['poetry', 'conda', 'mamba', 'npm', 'npx', 'yarn', 'pnpm', 'composer', 'gem', 'bundle', 'java', 'javac', 'jar'],
  ...['mvn', 'gradle', 'go', 'cargo', 'rustc', 'gcc', 'g++', 'cc', 'c++', 'clang', 'make', 'cmake', 'cat', 'tac'],
  ...['zcat', 'xzcat', 'bzcat', 'head', 'tail', 'cut', 'tr', 'uniq', 'wc', 'tee', 'dd', 'install', 'grep', 'egrep'],
  ...['fgrep', 'rg', 'jq', 'diff', 'cmp', 'test', '[', '[[', 'ls', 'stat', 'file', 'du', 'echo', 'printf', 'read'],
  ...['cd', 'mkdir', 'mkfifo', 'touch', 'rm', 'rmdir', 'unlink', 'chown', 'chgrp', 'chmod', '.', 'source', 'cksum'],
  ...['md5sum', 'sha1sum', 'sha224sum', 'sha256sum', 'sha384sum', 'sha512sum', 'b2sum', 'gpg', 'gpgv', 'openssl'],
  ...['keytool', 'update-ca-certificates', 'psql', 'mysql', 'mariadb', 'sqlite3', 'useradd', 'envsubst'],
  ...['ldconfig', 'basename', 'dirname', 'realpath', 'readlink', 'curl', 'wget', 'for', 'case', 'function', 'export'],
  ...['Rscript', 'R', 'dotnet', 'ansible-playbook', 'ansible-galaxy', 'debconf-set-selections', 'pecl', ':', 'true'],
]
/** Words before the program of a command. */
const before =
  /^(?:if|then|elif|else|while|until|do|!|\{|time|sudo|doas|env|nice|nohup|exec|command|builtin|\w+=.*|-.*)$/s

/** The words of a command that may name such files. */
interface Risk {
  readonly words: readonly ShellWord[]
  /** Whether the command is of a program that is not known, so that only a word with the name of a file counts. */
  readonly onlyByName: boolean
}

/**
 * Returns a function that tells whether the commands of a RUN may replace a file, move it or link to it.
 *
 * @param text the instruction, which is untrusted
 * @returns null if they do so with none, so that paths need not be known
 */
export function replacedBy(text: string): ((path: string) => boolean) | null {
  const risks = risksOf(text)
  if (risks === null) return () => true
  if (risks.length === 0) return null
  return (path) =>
    risks.some(({ words, onlyByName }) =>
      words.some((word) => (!onlyByName || endsIn(word, path)) && mayName(word, path)),
    )
}

/** Returns the words of risky commands. Null if any file may be replaced. */
function risksOf(text: string): readonly Risk[] | null {
  const { form, commands } = readRun(text)
  const mayReplace = (some: string): boolean => says(some, ...replacing, ...editing, 'cp', 'ln')
  // Another language, or words that only its programs read.
  if (form === 'foreign' || form === 'fed' || form === 'exec') return mayReplace(text) ? null : []
  const risks: Risk[] = []
  for (const words of shellCommands(commands)) {
    if (words.some(({ text: word }) => /\$\(|`/.test(word) && mayReplace(word))) return null
    const at = words.findIndex(({ text: word }) => !before.test(word))
    const [program, ...rest] = at === -1 ? [] : words.slice(at)
    if (program === undefined) continue
    const name = program.text.slice(program.text.lastIndexOf('/') + 1)
    const others = rest.map((word) => word.text)
    if (running.includes(name) && mayReplace(others.join(' '))) return null
    if (unnamed.includes(name) && !apart.includes(others[0] ?? '')) return null
    if (replaces(name, others)) risks.push({ words: rest, onlyByName: false })
    else if (!reading.includes(name) && !replacing.includes(name)) risks.push({ words: rest, onlyByName: true })
  }
  return risks
}

/** Returns whether a command replaces, moves or links files, with these words behind it. */
function replaces(name: string, words: readonly string[]): boolean {
  const has = (option: RegExp): boolean => words.some((word) => option.test(word))
  if (name === 'zstd' || name === 'unzstd') return has(/^--rm$/)
  if (compressing.includes(name)) return !has(/^-[A-Za-z\d]*[cklt]|^--(?:stdout|keep|list|test)/)
  if (replacing.includes(name)) return true
  if (editing.includes(name)) return has(/^-[A-Za-z]*[io]|^--in-?place|^--output|^inplace/)
  if (name === 'ln') return !has(/^-[A-Za-z]*s|^--symbolic/)
  return name === 'cp' && has(/^-[A-Za-z]*l|^--link/)
}

/** Returns whether the last part of a word is the name of the file. */
const endsIn = ({ text }: ShellWord, path: string): boolean => {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return text === name || text.endsWith(`/${name}`) || text.endsWith(`=${name}`)
}

/** Returns whether a word may name a file or a folder above it. The current folder is not known. */
function mayName(word: ShellWord, path: string): boolean {
  const value = word.text.slice(word.text.startsWith('-') ? word.text.indexOf('=') + 1 : 0)
  const literal = word.literal === null || value !== word.text ? null : word.literal
  const named = (literal ?? value).replace(/\/(?:\.?\/)+/g, '/').replace(/^(?:\.\/)+/, '')
  if (/(?:^|\/)\.\.(?:\/|$)/.test(value) || (value !== word.text && word.literal !== null)) return true
  if (named === '' || named === '.') return literal !== null || value !== ''
  if (named.startsWith('/')) {
    const folder = named.endsWith('/') ? named.slice(0, -1) : named
    return literal === null ? path === folder || path.startsWith(`${folder}/`) : path.startsWith(named)
  }
  const first = named.split('/', 1)[0] ?? ''
  const isWhole = literal === null || named.includes('/')
  return path.split('/').some((part) => (isWhole ? part === first : part.startsWith(first)))
}
