/** Finds out which files a RUN only reads, so that it can have them by a mount. Pure. */
import { attributeCommands } from './commands.ts'
import { plainCommands, type PlainCommand } from './plain-run.ts'
import type { ShellWord } from './shell-commands.ts'

/** Programs that leave the files alone that they read. */
const reading: readonly string[] = [
  ...['tar', 'bsdtar', 'unzip', 'cat', 'zcat', 'cp', 'ln', 'install', 'rm', 'rmdir', 'mkdir', 'cd', 'ls', 'grep', 'wc'],
  ...['head', 'tail', 'echo', 'printf', 'test', '[', 'true', ':', 'set', 'md5sum', 'sha1sum', 'sha256sum', 'sha512sum'],
  ...['apt-get', 'apt', 'apk', 'dnf', 'microdnf', 'yum', 'dpkg', 'rpm', 'pip', 'pip3', 'ldconfig', 'curl', 'wget'],
  ...['useradd', 'groupadd', 'adduser', 'addgroup', 'update-ca-certificates', 'gpg', 'psql', 'mysql', 'sqlite3'],
]
/** Programs that change what they name: its name, owner, mode or bytes. */
const changing: readonly string[] = ['mv', 'chown', 'chgrp', 'chmod', 'touch', 'strip']
/** Those that put another file in its place, unless an option such as `-c` or `-t` keeps it. */
const compressing: readonly string[] = ['gzip', 'gunzip', 'bzip2', 'bunzip2', 'xz', 'unxz']

/**
 * Returns a function that tells whether a RUN surely only reads a file, or does nothing with it.
 *
 * @param text the instruction, which is untrusted
 */
export function readsOnly(text: string): (path: string) => boolean {
  const commands = plainCommands(text)
  if (commands === null || !commands.every(isKnown)) return () => false
  const risky = commands.filter(changesFiles).flatMap(pathsIn)
  return (path) => !risky.some((word) => mayName(word, path))
}

function changesFiles({ name, words }: PlainCommand): boolean {
  const has = (option: RegExp): boolean => words.some(({ text }) => option.test(text))
  if (name === 'sed') return has(/^-[A-Za-z]*i|^--in-place/)
  return changing.includes(name) || (compressing.includes(name) && !has(/^-[a-z]*[ct]|^--(?:stdout|test)$/))
}

function isKnown({ name, words }: PlainCommand): boolean {
  const has = (option: RegExp): boolean => words.some(({ text }) => option.test(text))
  // Hard links to a mounted file are refused.
  if (name === 'ln') return has(/^-[A-Za-z]*s|^--symbolic/)
  if (name === 'cp') return !has(/^-[A-Za-z]*l|^--link/)
  if (name === 'tar' || name === 'bsdtar') return !has(/^--(?:remove-files|delete|use-compress-program|to-command)/)
  return name === 'sed' || [reading, changing, compressing].some((names) => names.includes(name))
}

/** Returns the words of a command that may be paths. The first one of `chown` and the like is an owner or a mode. */
function pathsIn({ name, words }: PlainCommand): readonly ShellWord[] {
  if (!attributeCommands.includes(name)) return words
  const first = words.findIndex(({ text }) => !text.startsWith('-'))
  return words.filter((_, at) => at !== first)
}

/** Returns whether a RUN may name a path itself, and not only a folder above it. */
export function namesPath(text: string, path: string): boolean {
  const isAbove = ({ text: word, literal }: ShellWord): boolean =>
    literal === null && word.startsWith('/') && path.startsWith(`${word.replace(/\/$/, '')}/`)
  const commands = plainCommands(text)
  return commands?.some((command) => pathsIn(command).some((word) => mayName(word, path) && !isAbove(word))) ?? true
}

/** Returns whether a word of a command may name a file or a folder above it. The current folder is not known. */
export function mayName({ text, literal }: ShellWord, path: string): boolean {
  const isOption = text.startsWith('-') && text.includes('=')
  if (/(?:^|\/)\.\.(?:\/|$)/.test(text) || (isOption && literal !== null)) return true
  const value = isOption ? text.slice(text.indexOf('=') + 1) : (literal ?? text)
  const named = value.replace(/\/(?:\.?\/)+/g, '/').replace(/^(?:\.\/)+/, '')
  if (named === '' || named === '.') return literal !== null || value !== ''
  if (named.startsWith('/')) {
    const folder = named.endsWith('/') ? named.slice(0, -1) : named
    return literal === null ? path === folder || path.startsWith(`${folder}/`) : path.startsWith(named)
  }
  const first = named.split('/', 1)[0] ?? ''
  const isWhole = literal === null || named.includes('/')
  return path.split('/').some((part) => (isWhole ? part === first : part.startsWith(first)))
}
