/** Finds the ecosystem that reads a file, by the path of the file. */
import { recogniseApk } from './apk.ts'
import { recogniseCargo } from './cargo.ts'
import { recogniseComposer } from './composer.ts'
import { recogniseConda } from './conda.ts'
import { recogniseDpkg } from './dpkg.ts'
import { recogniseProgram } from './elf.ts'
import type { Recognise } from './finding.ts'
import { recogniseExtension, recogniseGem } from './gem.ts'
import { recogniseGoCache } from './go-cache.ts'
import { recogniseJava } from './java.ts'
import { recogniseInstalledNpm, recogniseNpm } from './npm.ts'
import { recognisePython } from './python.ts'
import { recogniseRpm } from './rpm.ts'

/** The end of the path of a metadata file, and the function that recognises it. The first match is used. */
const endings: readonly (readonly [ending: string, recognise: Recognise])[] = [
  ['/package.json', recogniseNpm],
  ['.zip', recogniseNpm],
  ['/METADATA', recognisePython],
  ['/RECORD', recognisePython],
  ['/PKG-INFO', recognisePython],
  ['/installed-files.txt', recognisePython],
  ['.egg-info', recognisePython],
  ['/installed', recogniseApk],
  ['.gemspec', recogniseGem],
  ['/gem.build_complete', recogniseExtension],
  ['/composer/installed.json', recogniseComposer],
  ['/.package-lock.json', recogniseInstalledNpm],
  ['.json', recogniseConda],
  ['.jar', recogniseJava],
  ['.war', recogniseJava],
  ['/rpmdb.sqlite', recogniseRpm],
  ['/Packages.db', recogniseRpm],
  ['/Packages', recogniseRpm],
  ['.ziphash', recogniseGoCache],
  ['/Cargo.toml', recogniseCargo],
  ['.ear', recogniseJava],
]
/** Grouped by last character, because every file of a layer is checked and nearly all match nothing. */
const endingsBy = Map.groupBy(endings, ([ending]) => ending.charCodeAt(ending.length - 1))

/** Returns the function that recognises a file with this path, if it is metadata. */
export function recogniserOf(path: string): Recognise {
  for (const [ending, recognise] of endingsBy.get(path.charCodeAt(path.length - 1)) ?? [])
    if (path.endsWith(ending)) return recognise
  return path.startsWith('var/lib/dpkg/') || path === 'var/lib/apt/extended_states' ? recogniseDpkg : recogniseProgram
}
