/**
 * Finds packages of a layer that replace those of a lower layer at the same place. The bytes of the lower ones are
 * still shipped. Pure.
 */
import type { RecordedPackage, RecordedPackages } from '../record/contents.ts'
import { packageKey } from '../packages/package-key.ts'

/** Ecosystems that install one version at a place. Others keep old versions beside new ones. */
const ecosystems: ReadonlySet<string> = new Set(['deb', 'apk', 'rpm', 'pypi', 'npm', 'composer', 'conda'])

type Placed = Pick<RecordedPackage, 'ecosystem' | 'name' | 'version' | 'path'>

/** Collects the packages of lower layers. A layer is added after its own packages were marked. */
export interface LowerPackages {
  readonly marked: (packages: RecordedPackages) => RecordedPackages
  readonly add: (packages: readonly Placed[], position: number) => void
}

/** Returns a collector without any packages. */
export function lowerPackages(): LowerPackages {
  const found = new Map<string, { readonly version: string | null; readonly addedBy: number }>()
  return {
    marked: (packages) => ({
      ...packages,
      packages: packages.packages.map((one) => {
        const replaces = found.get(placeOf(one) ?? '')
        return replaces === undefined ? one : { ...one, replaces }
      }),
    }),
    add: (packages, addedBy) => {
      for (const one of packages) {
        const place = placeOf(one)
        if (place !== null) found.set(place, { version: one.version, addedBy })
      }
    },
  }
}

/** Returns the packages of which a later one of these layers has another copy at the same place. */
export function replacedIn<Package extends Placed>(layers: readonly (readonly Package[])[]): ReadonlySet<Package> {
  const replaced = new Set<Package>()
  const above = new Set<string>()
  for (const packages of layers.toReversed()) {
    const places = packages.map((one) => placeOf(one))
    packages.forEach((one, at) => {
      if (above.has(places[at] ?? '')) replaced.add(one)
    })
    for (const place of places) if (place !== null) above.add(place)
  }
  return replaced
}

/**
 * Returns the place of a package, at which a higher layer replaces it. Null if its ecosystem keeps old versions. Python
 * metadata has the version in its folder's name, so the parent folder counts.
 */
export function placeOf({ ecosystem, name, path }: Omit<Placed, 'version'>): string | null {
  if (!ecosystems.has(ecosystem)) return null
  return JSON.stringify([packageKey({ ecosystem, name }), ecosystem === 'pypi' ? path.split('/').slice(0, -1) : path])
}
