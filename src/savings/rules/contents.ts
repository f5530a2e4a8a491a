/** Rules about the bytes of files: debug information, and files with the same content. */
import { isCopy, says, shellWord, sourceOf, words, type Rule } from '../rule.ts'
import { added } from './edits.ts'

const likely = 'debuggers and profilers need them'

/** Debug information and symbols that the linker of Go can leave out. */
export const goSymbolsRule: Rule = {
  id: 'go-symbols',
  name: 'debug information and symbols of Go programs',
  likely,
  mayNeed: () => false,
  type: ({ text }) => {
    if (isCopy(text))
      return [
        ...words`add ${'-ldflags="-s -w"'} to ${'go build'} `,
        ...(sourceOf(text) ?? ['where what this line copies is built']),
      ]
    const command = says(text, 'go install') ? 'go install' : 'go build'
    // Of two such flags, Go takes the last one.
    return text.includes('-ldflags')
      ? words`add ${'-s -w'} to the ${'-ldflags'} of ${command}`
      : words`add ${'-ldflags="-s -w"'} to ${command}`
  },
}

/** Debug information and symbols that `strip` removes. */
export const debugSymbolsRule: Rule = {
  id: 'debug-symbols',
  name: 'debug information and symbols of programs',
  likely,
  mayNeed: () => false,
  type: ({ text, path, kind }) => {
    if (isCopy(text) ? text.includes('target/') : says(text, 'cargo'))
      return words`write ${'strip = true'} below ${'[profile.release]'} in ${'Cargo.toml'}`
    if (isCopy(text)) {
      return [
        ...words`run ${'strip'} on `,
        ...(kind === 'file' ? ['it before this line copies it'] : ['them before this line copies them']),
      ]
    }
    // A search would find programs of lower layers too, and write them into this layer.
    return kind === 'file'
      ? [...added(text, `strip ${shellWord(path)}`), ...words` (${'strip'} is part of binutils)`]
      : words`run ${'strip'} of binutils on each of them at the end of this RUN`
  },
}

const parent = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')))

/** Files whose content another file of the Dockerfile has too. */
export const sameBytesRule: Rule = {
  id: 'same-bytes',
  name: 'files with the same content as others',
  likely: 'a program may change one of them, or need them with another owner or mode',
  type: ({ text, path, other, kind }) => {
    const first = other?.path ?? path
    const isOfSameLine = other?.isOfSameLine === true
    // The two directories may have other files as well, so they cannot be linked as a whole.
    if (kind === 'directory')
      return isCopy(text)
        ? words`leave out of what this line copies the files that ${first} has too, and link to them with ${'RUN ln -s'}`
        : words`link to the files in ${first} with ${'ln -s'} in this RUN, in place of copies`
    const link = `ln -s ${shellWord(first)} ${shellWord(path)}`
    if (isCopy(text))
      return isOfSameLine
        ? words`make ${path} a symbolic link to ${first} where this line copies from`
        : words`leave ${path} out of what this line copies, and add ${`RUN mkdir -p ${shellWord(parent(path))} && ${link}`}`
    return isOfSameLine
      ? added(text, `ln -f ${shellWord(first)} ${shellWord(path)}`)
      : words`write ${link} in this RUN in place of the copy`
  },
}
