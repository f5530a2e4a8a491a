/** Rules about the bytes of files: debug information, and files with the same content. */
import { isCopy, makerOf, says, shellWord, sourceOf, words, type Place, type Rule, type Words } from '../rule.ts'
import { added, addedRun, placeOfRun } from './run-edits.ts'

const likely = 'debuggers and profilers need them'

const goCommands = ['go build', 'go install']

/** Returns an edit of the command that builds a program. Of two such flags, Go takes the last one. */
function withFlags(text: string): Words {
  const command = says(text, 'go install') ? 'go install' : 'go build'
  return text.includes('-ldflags')
    ? words`add ${'-s -w'} to the ${'-ldflags'} of ${command}`
    : words`add ${'-ldflags="-s -w"'} to ${command}`
}

/** Debug information and symbols that the linker of Go can leave out. */
export const goSymbolsRule: Rule = {
  id: 'go-symbols',
  name: 'debug information and symbols of Go programs',
  likely,
  mayNeed: () => false,
  makers: goCommands,
  type: (place) => {
    const { text, madeBy } = place
    if (!isCopy(text)) return withFlags(text)
    if (madeBy !== undefined && !says(madeBy.text, ...goCommands))
      return [...withFlags(''), ` where line ${madeBy.line} of the stage `, ...words`${madeBy.stage} starts it`]
    return [
      ...withFlags(madeBy?.text ?? ''),
      ' ',
      ...(makerOf(place) ?? sourceOf(text) ?? ['where what this line copies is built']),
    ]
  },
}

/** Debug information and symbols that `strip` removes. */
export const debugSymbolsRule: Rule = {
  id: 'debug-symbols',
  name: 'debug information and symbols of programs',
  likely,
  mayNeed: () => false,
  makers: [],
  type: (place) => {
    const { text, path, kind } = place
    if (isCopy(text) ? text.includes('target/') : says(text, 'cargo'))
      return words`write ${'strip = true'} below ${'[profile.release]'} in ${'Cargo.toml'}`
    if (isCopy(text)) {
      return [
        ...words`run ${'strip'} on `,
        kind === 'file' ? 'it ' : 'them ',
        ...(makerOf(place) ?? [`before this line copies ${kind === 'file' ? 'it' : 'them'}`]),
      ]
    }
    // A search would find programs of lower layers too, and write them into this layer.
    return kind === 'file'
      ? [...added(place, `strip ${shellWord(path)}`), ...words` (${'strip'} is part of binutils)`]
      : words`run ${'strip'} of binutils on each of them at the end of this RUN`
  },
}

/** Files whose content another file of the Dockerfile has too. */
export const sameBytesRule: Rule = {
  id: 'same-bytes',
  name: 'files with the same content as others',
  likely: 'a program may change one of them, or need them with another owner or mode',
  addsRun: true,
  type: (place) => {
    const { text, path, other, kind } = place
    const first = other?.path ?? path
    const isOfSameLine = other?.isOfSameLine === true
    // The two directories may have other files as well, so they cannot be linked as a whole.
    if (kind === 'directory')
      return isCopy(text)
        ? [...words`do not copy the files that ${first} has too, and `, ...linkedByRun(place)]
        : words`link to the files in ${first} with ${'ln -s'} in this RUN, in place of copies`
    const link = `ln -s ${shellWord(first)} ${shellWord(path)}`
    if (isCopy(text))
      return isOfSameLine && !namesIt(place)
        ? words`make ${path} a symbolic link to ${first} where this line copies from`
        : [...words`do not copy ${path} in this line, and `, ...linkedByRun(place)]
    return isOfSameLine
      ? added(place, `ln -f ${shellWord(first)} ${shellWord(path)}`)
      : words`write ${link} in this RUN in place of the copy`
  },
}

const parent = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')))

/** Returns an edit that makes links in place of copied files. Without a shell, another stage has to make them. */
function linkedByRun(place: Place): Words {
  const { path, kind, other, hasShell = true } = place
  const first = other?.path ?? path
  const linkBelow = (folder: string): string =>
    kind === 'directory'
      ? 'ln -s'
      : `mkdir -p ${shellWord(`${folder}${parent(path)}`)} && ln -s ${shellWord(first)} ${shellWord(`${folder}${path}`)}`
  if (hasShell)
    return kind === 'directory'
      ? [...words`link to them with ${'RUN ln -s'}`, ...placeOfRun(place)]
      : addedRun(place, linkBelow(''))
  return [
    ...['make the ', kind === 'directory' ? 'links' : 'link', ' in a stage that has a shell, '],
    ...(kind === 'directory'
      ? words`with ${'ln -s'} below ${'/link'}, and copy them`
      : words`with ${`RUN ${linkBelow('/link')}`}, and copy it`),
    ...words` here with ${'COPY --from=STAGE /link/ /'}: this stage has no ${'/bin/sh'}`,
  ]
}

/** Returns whether a COPY names the file itself, or may do so. It then copies what a link points to. */
function namesIt({ text, path }: Place): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return text
    .split(/[\s",[\]]+/)
    .slice(1, -1)
    .some((word) => word.endsWith(name) || /[*?$]/.test(word))
}
