import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/**
 * Puts a copy of another folder in the place of a folder. The copy is made beside it first, so that the folder is
 * missing only between two renames.
 */
export function replaceFolder(folder: string, source: string): void {
  const beside = mkdtempSync(join(dirname(folder), `.${basename(folder)}-`))
  try {
    cpSync(source, join(beside, 'new'), { recursive: true })
    if (existsSync(folder)) renameSync(folder, join(beside, 'old'))
    renameSync(join(beside, 'new'), folder)
  } finally {
    rmSync(beside, { recursive: true, force: true })
  }
}

/** Returns the files that only one of two folders has, or that differ in their content or in being executable. */
export function differingFiles(one: string, other: string): readonly string[] {
  const paths = new Set([...filesIn(one), ...filesIn(other)])
  return [...paths].filter((path) => !areEqual(join(one, path), join(other, path))).toSorted()
}

const filesIn = (folder: string): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => statSync(join(folder, path)).isFile())
    : []

function areEqual(one: string, other: string): boolean {
  if (!existsSync(one) || !existsSync(other)) return false
  const isProgram = (path: string): boolean => (statSync(path).mode & 0o100) !== 0
  return isProgram(one) === isProgram(other) && readFileSync(one).equals(readFileSync(other))
}
