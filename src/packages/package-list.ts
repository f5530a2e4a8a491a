/** Makes the bounded list of a layer's packages. */
import type { LayerPackage, LayerPackages } from './package.ts'

/** A package whose files are still being counted. */
export type CountedPackage = { -readonly [Key in keyof LayerPackage]: LayerPackage[Key] }

/** Limit for the number of packages in a list. */
const listed = 5_000
/** Limit for the characters in a list. Long paths make the list shorter. */
const listedText = 1_000_000

/** Returns the heaviest packages as a list. The others are added up in `folded`, so that no bytes are lost. */
export function listOfPackages(counted: readonly LayerPackage[], complete: boolean): LayerPackages {
  const sorted = counted.toSorted(heaviestFirst)
  let text = 0
  const tooMany = sorted.findIndex((candidate) => (text += textOf(candidate)) > listedText)
  const packages = sorted.slice(0, Math.min(listed, tooMany === -1 ? Infinity : tooMany))
  const rest = sorted.slice(packages.length)
  return {
    packages,
    folded: {
      packages: rest.length,
      fileBytes: rest.reduce((sum, { fileBytes }) => sum + fileBytes, 0),
      files: rest.reduce((sum, { files }) => sum + files, 0),
    },
    complete,
  }
}

function textOf({ name, version, path, parts }: LayerPackage): number {
  return (
    name.length +
    (version?.length ?? 0) +
    path.length +
    parts.reduce((sum, part) => sum + part.name.length + (part.version?.length ?? 0), 0)
  )
}

/** Compares by code units, which do not depend on a locale. */
function heaviestFirst(a: LayerPackage, b: LayerPackage): number {
  return (
    b.fileBytes - a.fileBytes || compare(a.ecosystem, b.ecosystem) || compare(a.name, b.name) || compare(a.path, b.path)
  )
}

const compare = (a: string, b: string): number => (a < b ? -1 : a === b ? 0 : 1)
